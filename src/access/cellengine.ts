// CellEngine's permissions and tasks (CE-P01..CE-P47, CE-T01..CE-T92), as its documentation lists them. The permissions are extension
// verbs, `cellengine:gate.update`: merged and exported, decided by the application or by a gateway that asks for a task.

/** By the lowest standard role that holds them; every higher one does, too. */
const permissions = {
  'limited-read-only': ['experiment.read', 'folder.read'],
  'read-only': ['attachment.download', 'experiment.clone', 'fcsfile.download'],
  'basic-read-write': [
    'audittrail.comment',
    'attachment.delete',
    'attachment.update',
    'attachment.upload',
    'compensation.create',
    'compensation.delete',
    'compensation.update',
    'experiment.saveRevision',
    'experiment.signRevision',
    'experiment.update',
    'fcsfile.delete',
    'fcsfile.lockGates',
    'fcsfile.unlockGates',
    'fcsfile.update',
    'fcsfile.upload',
    'folder.create',
    'folder.createExperiment',
    'folder.createFolder',
    'folder.update',
    'gate.create',
    'gate.delete',
    'gate.lock',
    'gate.unlock',
    'gate.update',
    'illustration.create',
    'illustration.delete',
    'illustration.update',
    'population.create',
    'population.delete',
    'population.update',
    'scaleset.update',
  ],
  'full-read-write': [
    'experiment.changePermissionExternal',
    'experiment.changePermissionInternal',
    'experiment.changePrimaryResearcher',
    'experiment.delete',
    'experiment.move',
    'folder.changePermissionExternal',
    'folder.changePermissionInternal',
    'folder.delete',
    'folder.move',
    'folder.removeExperiment',
    'folder.removeFolder',
  ],
} as const;

const tiers = Object.keys(permissions) as (keyof typeof permissions)[];
/** The extension verbs of a standard role. */
export const cellEngineVerbs = (role: keyof typeof permissions): string[] =>
  tiers.slice(0, tiers.indexOf(role) + 1).flatMap((tier) => permissions[tier].map(verbOf));

export type CellEnginePermission = (typeof permissions)[keyof typeof permissions][number];
export const verbOf = (permission: CellEnginePermission): string => `cellengine:${permission}`;

/** Where a permission is needed (CE-24). A place that a request has none of asks for nothing: an experiment outside every folder has no parent.
 *  `Below`: on every experiment below the folder. */
export type Where = 'Here' | 'Source' | 'Parent' | 'NewParent' | 'OldParent' | 'Below';

/** One of the permissions, at one place. */
export interface Requirement {
  anyOf: CellEnginePermission[];
  where: Where;
  /** Needed only when the request replaces what it reads. */
  whenReplacing?: true;
}

export interface Task {
  id: string;
  title: string;
  /** All of them (CE-22). */
  needs: Requirement[];
}

const anyOf = (...anyOf: CellEnginePermission[]): Requirement => ({ anyOf, where: 'Here' });
const at =
  (where: Where) =>
  (permission: CellEnginePermission): Requirement => ({ anyOf: [permission], where });
const inSource = at('Source');
const inParent = at('Parent');
const inNewParent = at('NewParent');
const inOldParent = at('OldParent');
const inEverythingBelow = at('Below');
const whenReplacing = (permission: CellEnginePermission): Requirement => ({ anyOf: [permission], where: 'Here', whenReplacing: true });

const task = (id: string, title: string, ...needs: (CellEnginePermission | Requirement)[]): Task => ({
  id,
  title,
  needs: needs.map((need) => (typeof need === 'string' ? anyOf(need) : need)),
});

export const tasks: readonly Task[] = [
  task(
    'CE-T01',
    'Algorithms: Run algorithm (e.g., UMAP, SOM)',
    'experiment.read',
    'experiment.clone',
    'fcsfile.download',
    inParent('folder.createExperiment'),
  ),
  task('CE-T02', 'Attachments: Delete attachment', 'attachment.delete'),
  task('CE-T03', 'Attachments: Download attachment', 'experiment.read', 'attachment.download'),
  task('CE-T04', 'Attachments: Rename attachment', 'attachment.update'),
  task('CE-T05', 'Attachments: Upload attachment', 'attachment.upload'),
  task('CE-T06', 'Compensations: Create compensation matrix', 'compensation.create'),
  task('CE-T07', 'Compensations: Delete compensation matrix', 'compensation.delete'),
  task('CE-T08', 'Compensations: Import compensation from file', anyOf('compensation.update', 'compensation.create')),
  task('CE-T09', 'Compensations: Update compensation matrix', 'compensation.update'),
  task('CE-T10', 'Experiments: Change annotation column order and wrapping', 'experiment.read', 'experiment.update'),
  task('CE-T11', 'Experiments: Change annotation sort order', 'experiment.read', 'experiment.update'),
  task('CE-T12', 'Experiments: Change annotation validators', 'experiment.read', 'experiment.update'),
  task('CE-T13', 'Experiments: Change comments, tags and custom fields', 'experiment.read', 'experiment.update'),
  task('CE-T14', 'Experiments: Change experiment-wide compensation', 'experiment.read', 'experiment.update'),
  task(
    'CE-T15',
    'Experiments: Change permission: Grant permission to user in same domain',
    'experiment.read',
    'experiment.changePermissionInternal',
  ),
  task(
    'CE-T16',
    'Experiments: Change permission: Grant permission to user outside of domain',
    'experiment.read',
    'experiment.changePermissionExternal',
  ),
  task(
    'CE-T17',
    'Experiments: Change permission: Revoke other user’s permission',
    'experiment.read',
    anyOf('experiment.changePermissionInternal', 'experiment.changePermissionExternal'),
  ),
  task('CE-T18', 'Experiments: Change permission: Revoke your own permission', 'experiment.read'),
  task('CE-T19', 'Experiments: Change primary researcher', 'experiment.read', 'experiment.update', 'experiment.changePrimaryResearcher'),
  task('CE-T20', 'Experiments: Comment on audit trail', 'audittrail.comment'),
  task('CE-T21', 'Experiments: Compare experiments or revisions', 'experiment.read'),
  task('CE-T22', 'Experiments: Create a revision', 'experiment.read', 'experiment.saveRevision'),
  task('CE-T23', 'Experiments: Download audit trail', 'experiment.read'),
  task('CE-T24', 'Experiments: Download GatingML', 'experiment.read'),
  task('CE-T25', 'Experiments: Download JSON', 'experiment.read'),
  task('CE-T26', 'Experiments: Import compensations', inSource('experiment.read'), 'compensation.create'),
  task('CE-T27', 'Experiments: Import Diva workspace', 'population.create', 'gate.create', 'illustration.create', 'scaleset.update'),
  task('CE-T28', 'Experiments: Import illustrations', inSource('experiment.read'), 'illustration.create'),
  task('CE-T29', 'Experiments: Import populations', inSource('experiment.read'), 'population.create', 'gate.create'),
  task('CE-T30', 'Experiments: Import scales', inSource('experiment.read'), 'scaleset.update'),
  task('CE-T31', 'Experiments: List and view experiments', 'experiment.read'),
  task(
    'CE-T32',
    'Experiments: Move experiment to folder',
    'experiment.read',
    'experiment.move',
    inNewParent('folder.createExperiment'),
    inOldParent('folder.removeExperiment'),
  ),
  task('CE-T33', 'Experiments: Move experiment to trash (soft-delete)', 'experiment.read', 'experiment.update', 'experiment.delete'),
  task('CE-T34', 'Experiments: Remove experiment from trash (un-delete)', 'experiment.read', 'experiment.update'),
  task('CE-T35', 'Experiments: Rename experiment', 'experiment.read', 'experiment.update'),
  task('CE-T36', 'Experiments: Save a copy of experiment', 'experiment.read', 'experiment.clone', inNewParent('folder.createExperiment')),
  task('CE-T37', 'Experiments: Set retention policy', 'experiment.read', 'experiment.update'),
  task('CE-T38', 'Experiments: Sign a revision', 'experiment.read', 'experiment.signRevision'),
  task('CE-T39', 'FCS Files: Add and change FCS file annotations', 'fcsfile.update'),
  task('CE-T40', 'FCS Files: Change “control” status', 'fcsfile.update'),
  task('CE-T41', 'FCS Files: Change file’s per-file compensation', 'fcsfile.update'),
  task('CE-T42', 'FCS Files: Concatenate FCS files', 'fcsfile.upload', whenReplacing('fcsfile.delete')),
  task('CE-T43', 'FCS Files: Delete FCS file', 'fcsfile.delete'),
  task('CE-T44', 'FCS Files: Delete FCS file annotations', 'fcsfile.update', 'experiment.update'),
  task('CE-T45', 'FCS Files: Download annotations', 'experiment.read'),
  task('CE-T46', 'FCS Files: Download FCS file', 'experiment.read', 'fcsfile.download'),
  task('CE-T47', 'FCS Files: Import FCS file', inSource('experiment.read'), inSource('experiment.clone'), 'fcsfile.upload'),
  task('CE-T48', 'FCS Files: Lock gates for FCS file', 'fcsfile.update', 'fcsfile.lockGates'),
  task('CE-T49', 'FCS Files: Rename FCS file', 'fcsfile.update'),
  task('CE-T50', 'FCS Files: Rename FCS file panel', 'fcsfile.update'),
  task('CE-T51', 'FCS Files: Rename FCS file reagent', 'fcsfile.update'),
  task('CE-T52', 'FCS Files: Unlock gates for FCS file', 'fcsfile.update', 'fcsfile.unlockGates'),
  task('CE-T53', 'FCS Files: Upload FCS file', 'fcsfile.upload'),
  task('CE-T54', 'Folders: Change permission: Grant permission to user in same domain', 'folder.changePermissionInternal'),
  task('CE-T55', 'Folders: Change permission: Grant permission to user outside of domain', 'folder.changePermissionExternal'),
  task(
    'CE-T56',
    'Folders: Change permission: Revoke other user’s permission',
    anyOf('folder.changePermissionInternal', 'folder.changePermissionExternal'),
  ),
  task('CE-T57', 'Folders: Change permission: Revoke your own permission', 'folder.read'),
  task('CE-T58', 'Folders: Create folder', inParent('folder.create')),
  task('CE-T59', 'Folders: List and view folders', 'folder.read'),
  task(
    'CE-T60',
    'Folders: Move folder',
    'folder.update',
    'folder.move',
    inNewParent('folder.createFolder'),
    inOldParent('folder.removeFolder'),
    inEverythingBelow('experiment.move'),
  ),
  task('CE-T61', 'Folders: Move folder to trash (soft-delete)', 'folder.delete', inEverythingBelow('experiment.delete')),
  task('CE-T62', 'Folders: Remove folder from trash (un-delete)', 'folder.update', inEverythingBelow('experiment.update')),
  task('CE-T63', 'Folders: Rename folder', 'folder.update'),
  task('CE-T64', 'Gates and Populations: Add or remove polygon point', 'gate.update'),
  task('CE-T65', 'Gates and Populations: Apply tailoring', 'gate.update'),
  task('CE-T66', 'Gates and Populations: Convert rectangle to polygon', 'gate.update'),
  task('CE-T67', 'Gates and Populations: Copy/paste gate geometry', 'gate.update'),
  task('CE-T68', 'Gates and Populations: Copy/paste populations', 'experiment.read', 'gate.create', 'population.create'),
  task('CE-T69', 'Gates and Populations: Copy/paste populations, linked', 'population.create'),
  task('CE-T70', 'Gates and Populations: Create “not”, “and” and “or” populations', 'population.create'),
  task('CE-T71', 'Gates and Populations: Create combo populations', 'population.create'),
  task('CE-T72', 'Gates and Populations: Create gate/population', 'gate.create', 'population.create'),
  task('CE-T73', 'Gates and Populations: Delete gate/population', 'gate.delete', 'population.delete'),
  task('CE-T74', 'Gates and Populations: Download populations', 'experiment.read', 'fcsfile.download'),
  task('CE-T75', 'Gates and Populations: Enable/disable quadrant skewing', 'gate.update'),
  task(
    'CE-T76',
    'Gates and Populations: Export populations to new experiment',
    'experiment.read',
    'experiment.clone',
    'fcsfile.download',
    inParent('folder.createExperiment'),
  ),
  task('CE-T77', 'Gates and Populations: Lock gate', 'gate.update', 'gate.lock'),
  task('CE-T78', 'Gates and Populations: Modify gate', 'gate.update'),
  task('CE-T79', 'Gates and Populations: Rename gate/population', 'gate.update', 'population.update'),
  task('CE-T80', 'Gates and Populations: Reset all gates/populations', 'gate.delete', 'population.delete'),
  task('CE-T81', 'Gates and Populations: Reset gate to global gate', 'gate.delete'),
  task('CE-T82', 'Gates and Populations: Tailor a gate to a file', 'gate.create'),
  task('CE-T83', 'Gates and Populations: Turn off tailoring', 'gate.update'),
  task('CE-T84', 'Gates and Populations: Turn on tailoring', 'gate.delete'),
  task('CE-T85', 'Gates and Populations: Unlock gate', 'gate.update', 'gate.unlock'),
  task('CE-T86', 'Illustrations: Create illustration', 'illustration.create'),
  task('CE-T87', 'Illustrations: Delete illustration', 'illustration.delete'),
  task('CE-T88', 'Illustrations: Download a PDF or PNG of illustration', 'experiment.read'),
  task('CE-T89', 'Illustrations: Modify illustration', 'illustration.update'),
  task('CE-T90', 'Illustrations: Save a copy of an illustration', 'experiment.read', 'illustration.create'),
  task('CE-T91', 'Scales: Modify scales', 'scaleset.update'),
  task('CE-T92', 'Statistics: Download', 'experiment.read'),
];

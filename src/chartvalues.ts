// Values of the Helm chart: what `charts/bulkhead/values.yaml` may say. Its schema is generated from here, so that Helm refuses a
// wrong value before anything is installed.
import { z } from 'zod';
import { Config } from './config.ts';

const names = z.array(z.string().min(1));
const quantities = z.record(z.string(), z.union([z.string(), z.number()]));

export const ChartValues = z.strictObject({
  global: z.looseObject({}).optional().describe('Set by Helm when the chart is a part of another one; not used.'),
  image: z
    .strictObject({
      repository: z.string().min(1),
      tag: z.string().describe('Empty: the appVersion of the chart.'),
      pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
    })
    .describe('Image of the operator; its short Jobs that make directories run it too.'),
  replicas: z.int().min(0).max(5).describe('Copies of the operator; one works, the others wait to take over. The walls stand with none.'),
  resources: z.strictObject({ requests: quantities.optional(), limits: quantities.optional() }).describe('Resources of one copy.'),
  facilityAdmins: z
    .strictObject({ users: names, groups: names })
    .describe('Who manages labs, instances and grants of the whole facility, as the API server authenticates them.'),
  review: z
    .strictObject({
      namespaces: names.describe('Namespaces of gateways that may reach /v1/review over the network, beside those of labs.'),
      certificate: z
        .string()
        .max(253)
        .describe('Secret with tls.crt and tls.key for it, in the namespace of the release. Empty: plain HTTP inside the cluster.'),
    })
    .describe('Questions of gateways and applications.'),
  config: Config.omit({ image: true })
    .extend({
      review: Config.shape.review.unwrap().omit({ url: true }).prefault({}).describe('Questions about who may do what.'),
      access: Config.shape.access.unwrap().omit({ admins: true }).prefault({}).describe('Who may do what, beyond what labs say.'),
    })
    .describe('The configuration of the facility; see docs/reference/configuration.md.'),
});

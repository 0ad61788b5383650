import { afterEach, expect, test } from 'vitest';
import { type Faulty, faultyApiServer, refuse, say } from '../../test/fixtures/apiserver.ts';
import { Client } from './client.ts';
import { EventRecorder } from './events.ts';
import { createLogger } from './log.ts';

let server: Faulty;
afterEach(() => server.close());

async function recorderOn(...answers: Parameters<typeof faultyApiServer>[0]): Promise<EventRecorder> {
  server = await faultyApiServer(answers);
  const client = new Client(server.transport, { fieldManager: 'bulkhead', gate: () => {} });
  return new EventRecorder(client, { controller: 'bulkhead', instance: 'pod' }, createLogger('silent'));
}
const lab = { apiVersion: 'v1', kind: 'Lab', metadata: { name: 'smith', uid: 'u' } };
const text = (note: string) => ({ type: 'Normal', reason: 'Made', action: 'Reconcile', note }) as const;
const methods = () => server.requests.map((request) => request.split(' ')[0]);

test('an event on a cluster-scoped object lies in namespace default; its repetitions are one series', async () => {
  const recorder = await recorderOn(say({}));
  for (const note of ['a', 'a', 'b']) recorder.record(lab, text(note));
  await recorder.flush();
  expect(methods()).toEqual(['POST', 'PATCH', 'POST']);
  expect(server.requests[0]).toContain('/apis/events.k8s.io/v1/namespaces/default/events');
});

test('a series whose event has been removed begins anew', async () => {
  const recorder = await recorderOn(say({}), refuse(404, 'NotFound'), say({}));
  recorder.record(lab, text('a'));
  recorder.record(lab, text('a'));
  await recorder.flush();
  expect(methods()).toEqual(['POST', 'PATCH', 'POST']);
});

test('25 events of one object are sent at once, and another object has its own budget', async () => {
  const recorder = await recorderOn(say({}));
  for (let i = 0; i < 40; i++) recorder.record(lab, text(`${i}`));
  recorder.record({ ...lab, metadata: { name: 'jones', uid: 'v' } }, text('x'));
  await recorder.flush();
  expect(server.requests).toHaveLength(26);
});

test('an event that is refused is lost without an error', async () => {
  const recorder = await recorderOn(refuse(403, 'Forbidden'));
  recorder.record(lab, text('a'));
  await expect(recorder.flush()).resolves.toBeUndefined();
});

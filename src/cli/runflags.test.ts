import { expect, test } from 'vitest';
import { parseFlags } from './runflags.ts';

test('asks for nothing that was not given', () => {
  expect(parseFlags({ asInstance: 'relion' })).toMatchObject({ image: undefined, deadlineSeconds: undefined, resources: {} });
});

test('hands on what was given', () => {
  const request = parseFlags({ asInstance: 'relion', name: 'align', deadline: '1h', gpu: '2', cpu: '500m', memory: '8Gi' });
  expect(request).toMatchObject({ name: 'align', deadlineSeconds: 3600, resources: { gpu: 2, cpu: '500m', memory: '8Gi' } });
});

test('makes up a name that begins with the instance, differs each time and fits into a label', () => {
  const names = Array.from({ length: 20 }, () => parseFlags({ asInstance: 'a'.repeat(40) }).name);
  for (const name of names) expect(name).toMatch(/^a{34}-[a-z0-9]{5}$/);
  expect(new Set(names).size).toBe(20);
});

test.for([
  ['--deadline', { deadline: 'tomorrow' }],
  ['--gpu', { gpu: '0' }],
  ['--gpu', { gpu: '1.5' }],
  ['--cpu', { cpu: 'two' }],
  ['--memory', { memory: '8 GB' }],
  ['--name', { name: 'Align' }],
] as const)('refuses a bad %s with the flag, the value and what is allowed', ([flag, flags]) => {
  const value = Object.values(flags)[0];
  expect(() => parseFlags({ asInstance: 'relion', ...flags })).toThrow(`error: invalid value "${value}" for ${flag}: `);
});

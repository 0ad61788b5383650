// bulkhead-account-tokens: nobody takes the identity of a service account of a lab out of it: kubelets alone ask for tokens, for the
// pods they run, and no Secret is filled with one.
import { byPlatform } from './cel.ts';
import { policy, rule } from './policy.ts';

export const accountTokensPolicy = () =>
  policy({
    name: 'bulkhead-account-tokens',
    where: 'lab',
    rules: [rule('', 'v1', ['CREATE'], ['serviceaccounts/token', 'secrets'])],
    conditions: { 'not-the-platform': `!${byPlatform}` },
    validations: [
      {
        // dyn: a TokenRequest has no type
        expression:
          "request.resource.resource == 'secrets' && dyn(object).?type.orValue('Opaque') != 'kubernetes.io/service-account-token'",
        message:
          "'tokens of service accounts in lab namespace ' + request.namespace + ' are not given out; run a Job as the instance instead'",
      },
    ],
  });

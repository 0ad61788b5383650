import { expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import { reachOf } from './egress.ts';

const reach = (cidr: string, ...never: string[]) => {
  const { rules, refusal } = reachOf(
    aLab()
      .reaching({ cidr, ports: [443] })
      .build(),
    never,
  );
  return { except: rules.map(({ except }) => except), refused: refusal?.reason };
};

test.for(
  Object.entries({
    'a network beside the forbidden ones is given whole': { cidr: '203.0.113.0/24', never: ['10.0.0.0/8', '203.0.112.0/24'], except: [[]] },
    'forbidden parts are cut out': {
      cidr: '0.0.0.0/0',
      never: ['169.254.0.0/16', '10.0.0.0/8'],
      except: [['10.0.0.0/8', '169.254.0.0/16']],
    },
    'a single forbidden address is cut out': { cidr: '10.1.0.0/30', never: ['10.1.0.3/32', '10.1.0.4/32'], except: [['10.1.0.3/32']] },
    'one bit wider than the forbidden network is not inside of it': { cidr: '10.0.0.0/7', never: ['10.0.0.0/8'], except: [['10.0.0.0/8']] },
    'the forbidden network itself is refused': { cidr: '10.0.0.0/8', never: ['10.0.0.0/8'], refused: 'EgressForbidden' },
    'an address in a forbidden network is refused': { cidr: '10.255.255.255/32', never: ['10.0.0.0/8'], refused: 'EgressForbidden' },
    'an address just behind a forbidden network is given': { cidr: '11.0.0.0/32', never: ['10.0.0.0/8'], except: [[]] },
    'where everything is forbidden nothing is given': { cidr: '203.0.113.7/32', never: ['0.0.0.0/0'], refused: 'EgressForbidden' },
    'IPv6 has nothing in common with forbidden IPv4': { cidr: '::/0', never: ['0.0.0.0/0'], except: [[]] },
    'IPv6 is cut out of IPv6, however it is written': {
      cidr: '2001:db8::/32',
      never: ['2001:0db8:0:0::/64'],
      except: [['2001:0db8:0:0::/64']],
    },
    'IPv6 inside of forbidden IPv6 is refused': { cidr: 'fd00::1/128', never: ['fc00::/7'], refused: 'EgressForbidden' },
  }),
)('%s', ([, { cidr, never, ...want }]) => {
  expect(reach(cidr, ...never)).toEqual({
    except: 'except' in want ? want.except : [],
    refused: 'refused' in want ? want.refused : undefined,
  });
});

test('a forbidden entry is named with what forbids it, and the others stand', () => {
  const lab = aLab()
    .reaching({ cidr: '10.96.0.1/32', ports: [443] }, { cidr: '203.0.113.7/32', ports: [22, 443], protocol: 'TCP' })
    .build();
  expect(reachOf(lab, ['10.96.0.0/16'])).toEqual({
    rules: [{ cidr: '203.0.113.7/32', ports: [22, 443], protocol: 'TCP', except: [] }],
    refusal: {
      reason: 'EgressForbidden',
      message: 'spec.network.egress 10.96.0.1/32 lies inside 10.96.0.0/16, which this facility keeps from every lab; remove it',
    },
  });
});

test('a lab without a list reaches nothing, and nothing is wrong', () => {
  expect(reachOf(aLab().build(), ['10.0.0.0/8'])).toEqual({ rules: [], refusal: undefined });
});

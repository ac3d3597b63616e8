import { z } from 'zod';
import { duration, field, flag, oneOf, size, text, wholeNumber } from './fields.js';
import { expressionFault, templateFault } from './expressions.js';
import { regions } from './regions.js';
import { topicFault } from './topics.js';

/** Text that `fault` finds nothing wrong with. */
const checked = (schema: z.ZodString, fault: (written: string) => string | undefined): z.ZodString =>
  schema.superRefine((written, context) => {
    const message = written === '' ? undefined : fault(written);
    if (message !== undefined) context.addIssue({ code: 'custom', message, input: written });
  });

const section = <T extends z.ZodRawShape>(shape: T): z.ZodObject<T, z.core.$strict> => z.strictObject(shape, { error: expectSection });

function expectSection(issue: { code?: string; input?: unknown }): string | undefined {
  return issue.code === 'invalid_type' ? 'expected a section with fields' : undefined;
}

const httpUrl = z.string({ error: 'expected a URL such as http://127.0.0.1:8080' }).regex(/^https?:\/\/[^\s/]+[^\s]*$/, {
  error: 'expected a URL that begins with http:// or https://',
});

const genesys = section({
  region: field(oneOf(regions).optional(), 'reconnect', 'region domain; gives the hosts api., login. and streaming.'),
  apiUrl: field(httpUrl.optional(), 'reconnect', 'API host of the simulator or of a gateway, instead of region; needs loginUrl'),
  loginUrl: field(httpUrl.optional(), 'reconnect', 'login host of the simulator or of a gateway, instead of region; needs apiUrl'),
  clientId: field(text('the id of an OAuth client'), 'reconnect', 'OAuth client (client credentials grant)'),
  clientSecretFile: field(text('the path of a file'), 'reconnect', 'file that holds the client secret'),
  requestTimeout: field(duration().prefault('16s'), 'live', 'a request that takes longer is given up'),
  budget: section({
    perMinute: field(wholeNumber(1).default(300), 'live', 'requests a minute, until the answers tell the real limit'),
    reserve: field(
      z
        .number({ error: 'expected a number from 0 to 0.9' })
        .min(0, { error: 'expected a number from 0 to 0.9' })
        .max(0.9, { error: 'expected a number from 0 to 0.9' })
        .default(0.1),
      'live',
      'share of the budget kept for token and channel calls, and up to its half for calls that end',
    ),
  }).prefault({}),
});

const literalTopic = checked(z.string(), topicFault);

const selection = z.union(
  [
    text('a name pattern'),
    z.array(text('an id')).min(1, { error: 'expected at least one id' }),
    z.strictObject({
      name: text('a name pattern').optional(),
      id: z.array(text('an id')).optional(),
      division: text('a division id').optional(),
    }),
  ],
  { error: 'expected a name pattern such as "Billing*", a list of ids, or {name, id, division}' },
);
const selectorSuffix = text('the topic after the id, such as conversations.calls');
const selector = z.union(
  [z.strictObject({ queues: selection, suffix: selectorSuffix }), z.strictObject({ users: selection, suffix: selectorSuffix })],
  {
    error: 'expected { queues: …, suffix: … } or { users: …, suffix: … }',
  },
);

const notifications = section({
  topics: field(
    z.array(z.union([literalTopic, selector], { error: topicExpectation }), { error: 'expected a list of topics' }).default([]),
    'live',
    'literal topics, or selectors of queues or users',
  ),
  silenceTimeout: field(duration().prefault('35s'), 'live', 'a socket on which nothing is heard for so long is taken for dead'),
  rotateBefore: field(duration().prefault('30m'), 'live', 'a channel is replaced so long before it or its token expires'),
});

function topicExpectation(issue: { input?: unknown }): string | undefined {
  return typeof issue.input === 'string'
    ? topicFault(issue.input)
    : 'expected a topic, or a selector { queues: …, suffix: … } or { users: …, suffix: … }';
}

const conversations = section({
  max: field(wholeNumber(1).default(100_000), 'live', 'conversations held at most'),
  forgetAfter: field(duration().prefault('10m'), 'live', 'how long after its end a conversation is forgotten'),
});

/** Every write target that there is, by name. */
export const writeTargets = ['voice', 'voice-conversation', 'attributes', 'secure-attributes', 'custom-attributes'] as const;

const write = section({
  enabled: field(flag().default(true), 'live', 'false = evaluate and tell everything, send nothing'),
  target: field(oneOf(writeTargets).default('voice'), 'restart', 'the resource that is written'),
  participant: field(
    text('the purpose of a participant, such as customer').default('customer'),
    'live',
    'purpose of the participant that rules write to',
  ),
  quiet: field(duration().prefault('150ms'), 'live', 'wait for so much calm after a burst …'),
  maxWait: field(duration().prefault('2s'), 'live', '… but not longer than this after the first wish'),
  policy: field(oneOf(['adaptive', 'debounce', 'immediate']).default('adaptive'), 'live', 'when to write'),
  confirmWithin: field(duration().prefault('10s'), 'live', 'a value that no event has shown by then is read back'),
  reassert: field(wholeNumber(0).default(3), 'live', 'times that a value overwritten by others is written again'),
  giveUpAfter: field(duration().prefault('15m'), 'live', 'then an intent is a dead letter'),
});

const lookup = section({
  url: field(
    checked(text('a URL with JSONata in braces, such as http://crm/customers?phone={ani}'), templateFault),
    'live',
    'URL; {…} is JSONata over the participant',
  ),
  headersFile: field(text('the path of a file').optional(), 'live', 'file of lines `Name: value`'),
  timeout: field(duration().prefault('3s'), 'live', 'a try that takes longer is given up'),
  cache: section({
    max: field(wholeNumber(1).default(10_000), 'live', 'answers kept at most'),
    ttl: field(duration().prefault('10m'), 'live', 'how long an answer is fresh'),
  }).prefault({}),
});

const ruleMoments = [
  'conversation.started',
  'conversation.updated',
  'conversation.ended',
  'participant.added',
  'participant.ended',
] as const;

const jsonata = checked(text('a JSONata expression'), expressionFault);
const rule = section({
  name: field(text('a name'), 'live', 'names the rule in the log'),
  when: field(oneOf(ruleMoments), 'live', 'the moment at which it is evaluated'),
  if: field(jsonata.optional(), 'live', 'JSONata over {conversation, participant, event}; without it the rule always fires'),
  lookup: field(text('the name of a lookup').optional(), 'live', 'lookup whose answer `set` sees'),
  set: field(
    z
      .record(text('an attribute name'), jsonata, { error: 'expected attribute names with a JSONata expression each' })
      .refine((set) => Object.keys(set).length > 0, {
        error: 'expected at least one attribute',
      }),
    'live',
    'attribute → JSONata over {conversation, participant, event, lookup}',
  ),
});

const http = section({
  listen: field(
    z
      .string({ error: 'expected HOST:PORT, unix:/path or off' })
      .regex(/^(off|unix:.+|(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5})$/, { error: 'expected HOST:PORT, unix:/path or off', abort: true })
      .refine((listen) => listen.startsWith('unix:') || Number(/:(\d+)$/.exec(listen)?.[1] ?? 0) < 65_536, {
        error: 'expected a port from 0 to 65535',
      })
      .default('127.0.0.1:8090'),
    'restart',
    'where the local API listens; off = not at all',
  ),
  tokenFile: field(
    text('the path of a file').optional(),
    'live',
    'file that holds the bearer token; required unless loopback or a unix socket',
  ),
  webhookSecretFile: field(text('the path of a file').optional(), 'live', 'file of one or two secrets for /webhooks/genesys'),
});

const outbox = section({
  dir: field(
    text('the path of a directory').default('/var/lib/attributed'),
    'restart',
    'where intents are kept; a relative path starts at the config file',
  ),
  maxBytes: field(size().prefault('1GiB'), 'restart', 'how large it may grow'),
  keepFinished: field(duration().prefault('1h'), 'live', 'how long finished intents can be asked for'),
  keepDead: field(duration().prefault('30d'), 'live', 'how long dead letters are kept'),
});

const log = section({
  level: field(oneOf(['error', 'warn', 'info', 'debug']).default('info'), 'live', 'the least that is logged'),
  format: field(oneOf(['json', 'pretty']).default('json'), 'restart', 'one JSON object a line, or text'),
  values: field(flag().default(false), 'live', 'whether attribute values are shown'),
  file: field(
    text('the path of a file').optional(),
    'restart',
    'log file, which may be rotated; without it stdout; a relative path starts at the config file',
  ),
});

const natsUrl = z.string({ error: 'expected a URL such as nats://nats-1:4222' }).regex(/^(nats|tls):\/\/[^\s/@]+$/, {
  error: 'expected a URL such as nats://nats-1:4222 or tls://nats-1:4222, without credentials in it: those go into credentialsFile',
});

const leaseTtl = duration()
  .prefault('10s')
  .refine((ms) => ms >= 1_000 && ms <= 300_000, { error: 'expected a duration from 1s to 5m' });

const feed = z.strictObject(
  { stream: text('the name of a JetStream stream'), subject: text('a subject of that stream, such as genesys.events.>') },
  { error: 'expected { stream: …, subject: … }' },
);

const cluster = section({
  nats: section({
    servers: field(
      z.array(natsUrl, { error: 'expected a list of URLs' }).min(1, { error: 'expected at least one URL' }),
      'restart',
      'servers of one NATS with JetStream',
    ),
    credentialsFile: field(text('the path of a file').optional(), 'restart', 'file of NATS credentials (.creds)'),
    tls: section({
      caFile: field(text('the path of a file').optional(), 'restart', 'CA that the servers’ certificates are of, else the system’s'),
      certFile: field(text('the path of a file').optional(), 'restart', 'own certificate, where the servers ask for one'),
      keyFile: field(text('the path of a file').optional(), 'restart', 'its key'),
    }).optional(),
    replicas: field(wholeNumber(1, 5).optional(), 'restart', 'servers that keep each stream; 3 where three or more are named, else 1'),
  }),
  name: field(
    z
      .string({ error: 'expected a name' })
      .regex(/^[A-Za-z0-9_-]{1,32}$/, { error: 'expected up to 32 letters, digits, - and _' })
      .default('attributed'),
    'restart',
    'name of the fleet: its streams and buckets begin with it',
  ),
  instance: field(text('a name').optional(), 'restart', 'name of this instance, one of its own for each; the host name if not given'),
  partitions: field(wholeNumber(1, 1024).default(64), 'restart', 'parts in which conversations are shared out; the same for all instances'),
  leaseTtl: field(leaseTtl, 'restart', 'an instance that is not heard of for so long has lost what it owned; the same for all instances'),
  feeds: field(z.array(feed, { error: 'expected a list of feeds' }).default([]), 'restart', 'JetStream subjects of EventBridge envelopes'),
});

/** The whole config file (design.md §3); durations are given on as milliseconds, sizes as bytes. */
export const configSchema = section({
  genesys,
  notifications: notifications.prefault({}),
  conversations: conversations.prefault({}),
  write: write.prefault({}),
  lookups: z.record(text('a name'), lookup, { error: 'expected names with a lookup each' }).default({}),
  rules: z.array(rule, { error: 'expected a list of rules' }).default([]),
  http: http.prefault({}),
  outbox: outbox.prefault({}),
  log: log.prefault({}),
  stop: section({ drain: field(duration().prefault('10s'), 'live', 'how long SIGTERM waits for pending writes') }).prefault({}),
  reload: section({ watch: field(flag().default(false), 'restart', 'also reload when the file changes') }).prefault({}),
  cluster: field(cluster.optional(), 'restart', 'several daemons as one'),
});

export type Config = z.output<typeof configSchema>;
export type ClusterConfig = NonNullable<Config['cluster']>;
export type LookupConfig = Config['lookups'][string];
export type RuleConfig = Config['rules'][number];
export type RuleMoment = (typeof ruleMoments)[number];
export type WriteConfig = Config['write'];
export type WriteTargetName = (typeof writeTargets)[number];

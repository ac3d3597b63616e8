import { stringify } from 'yaml';

/** What a first config says; the rest stands in it as its defaults. */
export interface FirstAnswers {
  /** A region domain; else both hosts. */
  hosts: { region: string } | { apiUrl: string; loginUrl: string };
  clientId: string;
  /** As it is to stand in the file. */
  clientSecretFile: string;
  /** At least one: literal topics, or selectors as YAML such as `{ queues: 'Billing*', suffix: conversations.calls }`. */
  topics: readonly string[];
  outboxDir: string;
}

/** Sections that are examples only: what they do is the operator's to say. */
const examples = ['lookups', 'rules'];

/** The example config with its comments, its answers filled in and its examples commented out. Throws if the example is not as expected. */
export function firstConfig(example: string, { hosts, clientId, clientSecretFile, topics, outboxDir }: FirstAnswers): string {
  let text = commentOut(example);
  const fill = (pattern: RegExp, replacement: string): void => {
    const next = text.replace(pattern, () => replacement);
    if (next === text && !pattern.test(text)) throw new Error(`the example config has no ${String(pattern)}`);
    text = next;
  };
  fill(/^#.*example configuration\. Check/m, '# attributed: configuration. Check');
  if ('region' in hosts) fill(/(?<=^ {2}region: )\S+/m, scalar(hosts.region));
  else {
    fill(/^ {2}region: (\S+)/m, '  # region: mypurecloud.com');
    fill(/^ {2}# apiUrl: \S+/m, `  apiUrl: ${scalar(hosts.apiUrl)}`);
    fill(/^ {2}# loginUrl: \S+/m, `  loginUrl: ${scalar(hosts.loginUrl)}`);
  }
  fill(/(?<=^ {2}clientId: )\S+/m, scalar(clientId));
  fill(/(?<=^ {2}clientSecretFile: ).+/m, scalar(clientSecretFile));
  const list = topics.map((topic) => `    - ${topic.startsWith('{') ? topic : scalar(topic)}\n`).join('');
  fill(/^ {4}- v2\..*\n/m, list);
  fill(/(?<=^ {2}dir: )\S+/m, scalar(outboxDir));
  // the shipped unit makes the directory of this socket, and its group may ask
  if (clientSecretFile.startsWith('%d/'))
    fill(/(?<=^ {2}listen: )\S+.*/m, 'unix:/run/attributed/http.sock # or 127.0.0.1:8090; off = no local API');
  return text;
}

function commentOut(example: string): string {
  let inside = false;
  return example
    .split('\n')
    .map((line) => {
      if (/^\S/.test(line) && !line.startsWith('#')) inside = examples.some((name) => line.startsWith(`${name}:`));
      return inside && line !== '' ? `# ${line}` : line;
    })
    .join('\n');
}

function scalar(value: string): string {
  return stringify(value, { singleQuote: true, lineWidth: 0 }).trimEnd();
}

import { Document } from 'yaml';
import type { ProbeReport } from '../contact/probe.js';
import type { Fact } from '../contact/target-probe.js';
import { hanging, type Paint } from './page.js';

/** What a probe found, and the config lines that fit, as YAML. */
export function probePage({ conversationId, participantId, facts, targets, advice }: ProbeReport, paint: Paint): string {
  const told = (list: readonly Fact[]): string[] => list.flatMap(({ what, found }) => hanging(`  ${what.padEnd(18)}  `, found));
  const lines = [
    ...hanging('', `conversation ${conversationId}, participant ${participantId}`),
    ...told(facts),
    ...targets.flatMap((report) => ['', paint('bold', report.target), ...told(report.facts)]),
  ];
  if (advice.length > 0) {
    lines.push('', paint('bold', 'config lines that fit'));
    lines.push(...yamlOf(advice));
  }
  return `${lines.join('\n')}\n`;
}

function yamlOf(advice: ProbeReport['advice']): string[] {
  const document = new Document({});
  for (const { field, value, why } of advice) {
    const node = document.createNode(value, { flow: true });
    node.comment = ` ${why}`;
    document.setIn(field.split('.'), node);
  }
  return document.toString({ lineWidth: 0 }).trimEnd().split('\n');
}

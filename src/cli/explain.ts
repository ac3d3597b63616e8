import { Command } from 'commander';
import { storySchema } from '../intent/local-api/story.js';
import { answering, ask, asking, type AskOptions } from './ask.js';
import { storyPage } from './explain/story-page.js';
import { paintFor } from './page.js';

/** `attributed explain CONVERSATION_ID`: one call's story, told by the running daemon. */
export function explainCommand(): Command {
  return asking(
    new Command('explain').description('tell the story of one call: seen, wished, sent, answered, and why').argument('<conversation id>'),
  )
    .option('--values', 'show attribute values', false)
    .action((conversationId: string, options: AskOptions & { values: boolean }) =>
      answering(async () => {
        const path = `/conversations/${encodeURIComponent(conversationId)}${options.values ? '?values=true' : ''}`;
        const body = await ask(options, { path });
        const { stdout } = process;
        stdout.write(options.json ? `${JSON.stringify(body, null, 2)}\n` : storyPage(storySchema.parse(body), paintFor(stdout)));
      }),
    );
}

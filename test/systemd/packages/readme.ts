import { readFile } from 'node:fs/promises';

/** The commands of the first block of shell in a chapter of the README that has this line, one each, as somebody copies them. */
export async function commandsOf(chapter: string, containing: string): Promise<string[]> {
  const readme = await readFile('/opt/box/README.md', 'utf8');
  const [, after] = readme.split(`\n### ${chapter}\n`);
  const [text] = (after ?? '').split('\n### ');
  const blocks = [...(text ?? '').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => String(block));
  const block = blocks.find((each) => each.includes(containing));
  if (block === undefined) throw new Error(`the README has no commands with ${containing} under ${chapter}`);
  const commands: string[] = [];
  let unfinished = '';
  for (const line of block.split('\n')) {
    unfinished += line;
    // a pipe or a backslash at the end goes on in the next line
    if (/[|\\]$/.test(unfinished)) unfinished = unfinished.replace(/\\$/, '');
    else if (unfinished.trim() !== '') {
      commands.push(unfinished.replace(/ {2,}# .*$/, ''));
      unfinished = '';
    } else unfinished = '';
  }
  return commands;
}

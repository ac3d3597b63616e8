import type { WriteTargetName } from '../../config/schema.js';
import type { WriteTarget } from './target.js';
import { voice, voiceConversation } from './voice.js';

const targets: Partial<Record<WriteTargetName, WriteTarget>> = { voice, 'voice-conversation': voiceConversation };

/** The write target of that name. Throws for one that a valid config cannot name. */
export function targetOf(name: WriteTargetName): WriteTarget {
  const target = targets[name];
  if (target === undefined) throw new Error(`write.target ${name} is not there`);
  return target;
}

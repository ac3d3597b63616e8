import type { WriteTargetName } from '../../config/schema.js';
import { attributes } from './attributes.js';
import { customAttributes, secureAttributes } from './own-attributes.js';
import type { WriteTarget } from './target.js';
import { voice, voiceConversation } from './voice.js';

/** Every write target that there is. */
export const targets: Readonly<Record<WriteTargetName, WriteTarget>> = {
  voice,
  'voice-conversation': voiceConversation,
  attributes,
  'secure-attributes': secureAttributes,
  'custom-attributes': customAttributes,
};

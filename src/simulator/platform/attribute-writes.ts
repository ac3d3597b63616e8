import type { Faults } from './faults.js';
import type { SimConversation, SimParticipant } from './model.js';
import type { World } from './world.js';

/** Writes attributes of participants as this org does it: merged key by key or in place of the map, and `""` kept or deleted. */
export function writeAttributes(
  world: World,
  conversation: SimConversation,
  values: ReadonlyMap<SimParticipant, Readonly<Record<string, string>>>,
  { attributeWrites, emptyAttributes }: Faults,
): void {
  if (attributeWrites === 'merge' && emptyAttributes === 'kept') {
    world.write(conversation, values);
    return;
  }
  for (const [participant, own] of values) {
    const whole = Object.entries({ ...(attributeWrites === 'merge' ? participant.attributes : {}), ...own });
    const kept = whole.filter(([, value]) => emptyAttributes === 'kept' || value !== '');
    world.replace(conversation, participant, Object.fromEntries(kept));
  }
}

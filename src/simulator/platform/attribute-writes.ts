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
  const whole = [...values].map(([participant, own]) => {
    const entries = Object.entries({ ...(attributeWrites === 'merge' ? participant.attributes : {}), ...own });
    return [participant, Object.fromEntries(entries.filter(([, value]) => emptyAttributes === 'kept' || value !== ''))] as const;
  });
  world.replace(conversation, new Map(whole));
}

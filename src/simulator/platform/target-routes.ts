import type { FastifyInstance } from 'fastify';
import { attributeRoutes, type AttributeRoutesDeps } from './attribute-routes.js';
import { customAttributeRoutes } from './custom-attribute-routes.js';
import { secureAttributeRoutes } from './secure-attribute-routes.js';
import type { Target } from './target.js';
import { voiceRoutes } from './voice-routes.js';

const routes: Readonly<Record<Target, (server: FastifyInstance, deps: AttributeRoutesDeps) => void>> = {
  voice: voiceRoutes,
  attributes: attributeRoutes,
  'secure-attributes': secureAttributeRoutes,
  'custom-attributes': customAttributeRoutes,
};

/** The ways to write attributes that this org answers to; the paths of the others are 404, as unknown ones are. */
export function targetRoutes(server: FastifyInstance, served: Iterable<Target>, deps: AttributeRoutesDeps): void {
  for (const target of new Set(served)) routes[target](server, deps);
}

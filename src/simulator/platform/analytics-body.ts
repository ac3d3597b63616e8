import type { SimConversation, SimParticipant } from './model.js';

/** A stretch of a participant's time (`AnalyticsConversationSegment` of the vendor's SDK). */
interface Segment {
  segmentType: 'ivr' | 'interact' | 'alert';
  segmentStart: string;
  segmentEnd: string | undefined;
  queueId: string | undefined;
  disconnectType: string | undefined;
}

/** The segments of a participant: an agent alerts, and interacts once it is connected; others do one thing. */
export function segmentsOf(participant: SimParticipant): Segment[] {
  const { purpose, startTime, connectedTime, endTime, disconnectType, queueId } = participant;
  const segment = (segmentType: Segment['segmentType'], segmentStart: string, segmentEnd: string | undefined): Segment => ({
    segmentType,
    segmentStart,
    segmentEnd,
    queueId,
    disconnectType: segmentEnd === undefined || segmentEnd !== endTime ? undefined : disconnectType,
  });
  if (purpose !== 'agent') return [segment(purpose === 'ivr' ? 'ivr' : 'interact', startTime, endTime)];
  if (connectedTime === undefined) return [segment('alert', startTime, endTime)];
  return [segment('alert', startTime, connectedTime), segment('interact', connectedTime, endTime)];
}

/** A conversation as `AnalyticsConversationWithoutAttributes` of the vendor's SDK tells it: the queue is a segment's, the user a participant's. */
export function analyticsBody({ id, startTime, endTime, participants }: SimConversation): Record<string, unknown> {
  return {
    conversationId: id,
    conversationStart: startTime,
    conversationEnd: endTime,
    originatingDirection: 'inbound',
    participants: participants.map((participant) => ({
      participantId: participant.id,
      participantName: participant.name,
      purpose: participant.purpose,
      userId: participant.userId,
      sessions: [
        {
          sessionId: participant.callId,
          mediaType: 'voice',
          direction: 'inbound',
          ani: `tel:${participant.ani}`,
          dnis: `tel:${participant.dnis}`,
          segments: segmentsOf(participant),
        },
      ],
    })),
  };
}

#ifndef LMG_METRICSAGG_JOIN_DERIVE_H
#define LMG_METRICSAGG_JOIN_DERIVE_H

/*
 * A request's records -> what it amounts to.  Pure.
 *
 * t_sent is when the request's last byte was handed to the socket.  A token
 * chunk carries non-empty content, reasoning or tool text.
 *
 *  ttfb_s         first body byte - t_sent
 *  ttft_s         first token chunk - t_sent
 *  ttfa_s         first token chunk that is not reasoning - t_sent
 *  queue_s        t_sent - scheduled
 *  e2e_s          last chunk of any kind - t_sent
 *  gaps           between neighbouring token chunks, all kept (icl_s), but
 *                 for those within bursts (bursts.h), where chunks come so
 *  median_icl_s   their median;  stall_s  their maximum
 *  icl_spread_ratio  MAD / median of the gaps (from 8), how uneven they are
 *  tpot_s         (last - first token chunk) / (completion_tokens less those
 *                 that came first: one, or their share of the bytes where
 *                 chunks hold several), from two tokens; none where the span
 *                 is not resolved (below 2 ms, or a flush: below 10 ms and
 *                 2 % of e2e_s)
 *  decode_tps     1 / tpot_s
 *  prefill_tps    (prompt_tokens - cached_tokens) / prefill time: between the
 *                 server's prefill events 0 and 1 where it sends them, else
 *                 ttft_s; none from less than 16 tokens beside cached ones
 *  effective_tps  completion_tokens / e2e_s
 *  tokens_per_burst  completion_tokens / bursts; else, instants of chunks
 *  burst_s        (last - first token chunk) / (bursts - 1)
 *  accept_ratio   accepted_tokens / draft_tokens, where any were guessed
 *  bytes_per_s    decode_tps in bytes of text, whatever a token is
 *
 * Where there are more than half again as many token chunks as tokens, the
 * count is not of this text, or the text not of the model: no rate at all.
 *
 * A cold prompt of which a quarter was cached, or a warm one of which less than
 * half was, by the server's count, has none of the figures that the prompt is
 * part of (ttft_s, ttfa_s, e2e_s, prefill_tps, effective_tps): they would not
 * be what they are called.
 *
 * A chunk that may have come earlier than its record says (chunk_unsure())
 * bounds no gap, stall_s then being the least that there was; a figure that it
 * leaves unknown to 1 ms and to 1 % is left out (d.is_unsure), a rate also
 * below 20 times what its ends are unsure by.
 *
 * An interval that would be negative is not measured, and counted as
 * backwards.
 */

#include "in/tables.h"

/* In place of what was read of q comes what it amounts to (d.v is for free()).
 * What is wrong with its chunks is added to *faults. */
void derive_request(struct request_row *q,
    struct chunk_faults *faults);

/* The server's own figure for metric m; NAN: it gave none.  There are some
 * that servers tell. */
bool derive_is_told(enum metric m);
double derive_servers(const struct request_row *q, enum metric m);

#endif

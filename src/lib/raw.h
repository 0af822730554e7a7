#ifndef LMG_LIB_RAW_H
#define LMG_LIB_RAW_H

/*
 * The raw records of lmgauge-records(5) behind type, run and t_ns.  Each
 * member is named once, in the lists below; they make the structs, and in
 * raw.c the tables by which lmsdrive and memsample write the records, and
 * metricsagg reads them.  By hand are the run record, which has two writers;
 * the lists of processes in mem; and chunk, of which there are hundreds of
 * thousands: tests hold its line to the table.
 *
 * "Not measured" is as in field.h.
 */

#include "field.h"
#include "record.h"

/*
 * M(kind, member, cases) and, in a member object, G(kind, member, object, key,
 * cases).  Kinds: S text, L text or a number, C count, N number, B bool, F flag
 * (true, false or null), J an object, as text.  The cases in which a member is
 * written are those of the enum behind each list; 0: always.
 */
#define STEP_MEMBERS(M) \
	M(C, step, 0) M(S, op, 0) M(S, pair, 0) M(S, kind, 0) \
	M(S, variant, 0) M(S, model, 0) M(S, format, 0) M(S, scenario, 0) \
	M(C, block, 0) M(C, rep, 0) M(C, concurrency, 0) M(N, rate_per_s, 0) \
	M(S, server_url, 0) M(C, port, 0) M(S, process, STEP_HAS_PROCESS) \
	M(S, reference, STEP_HAS_REFERENCE) M(B, implied, 0)
enum { STEP_HAS_PROCESS = 1, STEP_HAS_REFERENCE = 2 };

/* load, unload and idle: their begin and their end */
#define SPAN_MEMBERS(M) \
	M(C, step, 0) M(S, phase, 0) M(S, model, OF_LOAD) \
	M(S, instance, OF_LOAD | OF_UNLOAD) M(C, pid, LOAD_BEGIN) \
	M(S, format, LOAD_END) M(C, size_bytes, LOAD_END) \
	M(S, quantization, LOAD_END) M(N, bits_per_weight, LOAD_END) \
	M(L, params, LOAD_END) M(C, parameters, LOAD_END) \
	M(S, architecture, LOAD_END) \
	M(C, context_length, LOAD_END) \
	M(C, requested_context_length, OF_LOAD) M(C, parallel, LOAD_END) \
	M(C, cache_budget_bytes, LOAD_END) M(J, options, LOAD_END) \
	M(J, server_sampling, LOAD_END) \
	M(S, runtime, LOAD_END | UNLOAD_BEGIN) \
	M(N, server_load_s, LOAD_END) M(C, waited_ns, LOAD_END) \
	M(B, timed, LOAD_END) M(B, ends_server, UNLOAD_BEGIN) \
	M(S, status, 0) M(S, error, 0) M(S, server_url, LOAD_END) \
	M(S, api, LOAD_END) M(S, server_name, LOAD_END) \
	M(S, server_version, LOAD_END) M(F, simulated, LOAD_END) \
	M(F, on_battery, LOAD_END) M(F, low_power, LOAD_END) \
	M(S, governor, LOAD_END) M(C, thermal_level, LOAD_END) \
	M(N, celsius, LOAD_END)
enum {
	LOAD_BEGIN = 1, LOAD_END = 2, UNLOAD_BEGIN = 4, UNLOAD_END = 8,
	IDLE_PHASE = 16,
	OF_LOAD = LOAD_BEGIN | LOAD_END, OF_UNLOAD = UNLOAD_BEGIN | UNLOAD_END
};

#define REQUEST_MEMBERS(M) \
	M(C, req, 0) M(C, step, 0) M(C, scheduled_ns, 0) M(S, prompt, 0) \
	M(S, prompt_key, 0) M(S, prompt_sha256, 0) M(C, prompt_bytes, 0) \
	M(C, target_tokens, 0) M(C, max_tokens, 0) M(S, cache, 0) \
	M(S, domain, 0) M(C, turn, 0) M(B, warmup, 0) M(C, concurrency, 0) \
	M(J, sampling, 0)

#define CHUNK_MEMBERS(M) \
	M(C, req, 0) M(C, i, 0) M(S, kind, 0) M(C, bytes, 0) \
	M(N, progress, 0) M(B, coalesced, CHUNK_IS_COALESCED) \
	M(C, callback_ns, CHUNK_HAS_DELAY) M(C, early_ns, CHUNK_HAS_EARLY)
enum { CHUNK_IS_COALESCED = 1, CHUNK_HAS_DELAY = 2, CHUNK_HAS_EARLY = 4 };

/* One that was never sent has the first three and an error. */
#define RESPONSE_MEMBERS(M, G) \
	M(C, req, 0) M(C, step, 0) M(S, status, 0) M(C, http, WAS_SENT) \
	M(S, finish, WAS_SENT) M(S, model_served, WAS_SENT) \
	M(C, prompt_tokens, WAS_SENT) M(C, completion_tokens, WAS_SENT) \
	M(C, reasoning_tokens, WAS_SENT) M(C, cached_tokens, WAS_SENT) \
	M(C, draft_tokens, WAS_SENT) M(C, accepted_tokens, WAS_SENT) \
	M(S, tokens_from, WAS_SENT) \
	G(N, server_ttft_s, server, ttft_s, WAS_SENT) \
	G(N, server_tokens_per_s, server, tokens_per_s, WAS_SENT) \
	G(N, server_load_s, server, load_s, WAS_SENT) \
	G(N, server_prefill_s, server, prefill_s, WAS_SENT) \
	M(C, connect_ns, WAS_SENT) M(C, first_byte_ns, WAS_SENT) \
	M(C, chunks, WAS_SENT) M(C, bytes, WAS_SENT) \
	M(S, output_sha256, WAS_SENT) M(C, retries, WAS_SENT) \
	M(C, waited_ns, WAS_SENT) M(S, check, WAS_CHECKED) \
	M(S, call, WAS_CALLED) M(S, call_at, WAS_CALLED) \
	M(J, choices, WAS_PROBED) M(S, words, WAS_GREEDY) M(S, error, 0)
enum {
	WAS_SENT = 1, WAS_CHECKED = 2, WAS_PROBED = 4, WAS_CALLED = 8,
	WAS_GREEDY = 16
};

/*
 * What is measured of a process, and summed over the tree: C(name in the code,
 * key, what it is), O where it is left out when it is not known, as only an
 * option or a driver gives it.  Bytes, but for CPU time and energy, which are
 * cumulative.
 */
#define MEM_COUNTERS(C, O) \
	C(RSS, rss_bytes, "resident memory") \
	C(ANON, anon_bytes, "anonymous part of it") \
	C(FILE, file_bytes, "file-backed part of it") \
	C(SHMEM, shmem_bytes, "shared-memory part of it") \
	C(SWAP, swap_bytes, "swapped out") \
	O(PSS, pss_bytes, "proportional share (--pss)") \
	O(USS, uss_bytes, "not shared with anyone (--pss)") \
	C(FOOTPRINT, footprint_bytes, "phys_footprint") \
	C(WIRED, wired_bytes, "wired") \
	O(COMPRESSED, compressed_bytes, "compressed") \
	C(VRAM, vram_bytes, "GPU memory") \
	C(PEAK_RSS, peak_rss_bytes, "peak of rss, ever") \
	C(PEAK_FOOTPRINT, peak_footprint_bytes, "peak of footprint, ever") \
	O(TICK_PEAK_RSS, interval_peak_rss_bytes, \
	    "peak of rss in the interval (--reset-peak)") \
	O(TICK_PEAK_FOOTPRINT, interval_peak_footprint_bytes, \
	    "peak of footprint in the interval") \
	C(CPU, cpu_ns, "CPU time of the tree") \
	C(CPU_ENERGY, cpu_energy_nj, "energy the CPU spent on the tree")

/* The same of the whole machine; energy since memsample began to look. */
#define SYS_COUNTERS(C) \
	C(TOTAL, total_bytes, "physical memory") \
	C(AVAILABLE, available_bytes, "available without swapping") \
	C(WIRED, wired_bytes, "wired") \
	C(COMPRESSED, compressed_bytes, "held by the compressor") \
	C(FILE_BACKED, file_backed_bytes, "file-backed pages") \
	C(SWAP_USED, swap_used_bytes, "swap in use") \
	C(GPU, gpu_bytes, "GPU memory in use") \
	C(CPU, cpu_ns, "CPU time of all processes") \
	C(CPU_ENERGY, cpu_energy_nj, "energy of the CPU packages") \
	C(GPU_ENERGY, gpu_energy_nj, "energy of the GPUs") \
	C(DRAM_ENERGY, dram_energy_nj, "energy of the memory")

/* Written by memsample, counter by counter; K: a counter of the two lists. */
#define MEM_MEMBERS(M, G, MEM_K, SYS_K) \
	M(C, n_procs, 0) MEM_COUNTERS(MEM_K, MEM_K) M(C, port, 0) \
	SYS_COUNTERS(SYS_K) \
	G(N, sys_pressure, sys, pressure, 0) \
	G(C, sys_slow_age_ns, sys, slow_age_ns, 0) \
	M(C, late_ns, 0) M(C, missed, 0) M(C, cost_ns, 0)

#define PROC_MEMBERS(M) \
	M(S, event, 0) M(C, pid, 0) M(C, ppid, 0) M(S, start, 0) \
	M(S, name, 0) M(S, exe, 0) M(S, role, 0) \
	M(C, port, PROC_PORT) M(J, options, PROC_OPTIONS) \
	M(C, exit_code, PROC_EXIT) M(C, signal, PROC_EXIT) \
	M(C, peak_rss_bytes, PROC_EXIT) \
	M(C, peak_footprint_bytes, PROC_FOOTPRINT) M(C, cpu_ns, PROC_EXIT)
enum { PROC_EXIT = 1, PROC_FOOTPRINT = 2, PROC_OPTIONS = 4, PROC_PORT = 8 };

#define NOTE_MEMBERS(M) \
	M(S, level, 0) M(S, code, 0) M(C, step, 0) M(S, message, 0)

/* Where metric is null the scenario is over, and what follows is null. */
#define DECIDED_MEMBERS(M) \
	M(S, pair, 0) M(S, scenario, 0) M(C, rounds, 0) M(S, metric, 0) \
	M(S, base, 0) M(S, new, 0) M(S, verdict, 0) M(N, ratio, 0) \
	M(N, ratio_lo, 0) M(N, ratio_hi, 0) M(N, e, 0) M(N, e_needed, 0) \
	M(N, further_rounds, 0) M(N, round_s, 0)

#define END_MEMBERS_RAW(M, G) \
	M(S, tool, 0) M(C, records, 0) M(B, interrupted, 0) \
	G(C, exit_code, command, exit_code, END_COMMAND) \
	G(C, signal, command, signal, END_COMMAND) \
	G(C, cpu_ns, self, cpu_ns, 0) \
	G(C, max_rss_bytes, self, max_rss_bytes, 0) \
	G(C, wall_ns, self, wall_ns, 0) \
	G(C, samples, self, samples, END_SAMPLER) \
	G(C, missed, self, missed, END_SAMPLER) \
	G(C, worst_late_ns, self, worst_late_ns, END_SAMPLER)
enum { END_COMMAND = 1, END_SAMPLER = 2 };

#define RAW_TYPE_S const char *
#define RAW_TYPE_L const char *
#define RAW_TYPE_J const char *
#define RAW_TYPE_C int64_t
#define RAW_TYPE_N double
#define RAW_TYPE_B bool
#define RAW_TYPE_F int
#define RAW_MEMBER(kind, m, cases) RAW_TYPE_##kind m;
#define RAW_PART(kind, m, object, key, cases) RAW_TYPE_##kind m;

struct raw_step { STEP_MEMBERS(RAW_MEMBER) };
struct raw_span { SPAN_MEMBERS(RAW_MEMBER) };
struct raw_request { REQUEST_MEMBERS(RAW_MEMBER) };
struct raw_chunk { CHUNK_MEMBERS(RAW_MEMBER) };
struct raw_response { RESPONSE_MEMBERS(RAW_MEMBER, RAW_PART) };
#define RAW_MEM(code, key, what) int64_t key;
#define RAW_SYS(code, key, what) int64_t sys_##key;
struct raw_mem { MEM_MEMBERS(RAW_MEMBER, RAW_PART, RAW_MEM, RAW_SYS) };
struct raw_proc { PROC_MEMBERS(RAW_MEMBER) };
struct raw_note { NOTE_MEMBERS(RAW_MEMBER) };
struct raw_decided { DECIDED_MEMBERS(RAW_MEMBER) };
struct raw_end { END_MEMBERS_RAW(RAW_MEMBER, RAW_PART) };

union raw_any {
	struct raw_step step;
	struct raw_span span;
	struct raw_request request;
	struct raw_chunk chunk;
	struct raw_response response;
	struct raw_mem mem;
	struct raw_proc proc;
	struct raw_note note;
	struct raw_decided decided;
	struct raw_end end;
};

/* The table of a record (load, unload and idle: of struct raw_span); NULL for
 * run. */
const struct schema *raw_schema(enum record_type type);

/* Begin a row: nothing measured. */
void raw_init(enum record_type type, void *row);

/* Append the record of a run at t_ns; cases: see above. */
void raw_write(struct buf *out, enum record_type type, const char *run,
    int64_t t_ns, const void *row, unsigned cases);

/*
 * A whole note record.  level: info, warn, error.  code: a stable word,
 * listed in lmgauge-records(5).  step: the plan step, 0 for none.
 */
void record_note(struct buf *out, const char *run, int64_t t_ns,
    const char *level, const char *code, int64_t step, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));

#endif

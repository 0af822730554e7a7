/*
 * Raw records of a run that never happened, with known truth, for the tests
 * and benchmarks of metricsagg.
 *
 *	mkraw [-r RUN] [-b BLOCKS] [-n REQUESTS] [-c CHUNKS] [-l LEAK]
 *	      [-m MEM_MS] [-j JITTER_US] [-e] [-p] [-x]
 *
 * One pair "tiny" with the variants gguf and mlx, BLOCKS visits each in ABBA
 * order (default 2).  In each visit: a load (gguf 1.0 s, mlx 1.5 s), REQUESTS
 * cold requests of scenario simple (default 10), 2 requests of each of the
 * domains math and code of scenario moe, a 0.5 s pause, an unload of 0.2 s,
 * 0.5 s idle.
 *
 * Request k (from 0) of a variant's scenario, over all blocks: ttft 200 ms
 * (mlx 150) + k % 5 ms, then CHUNKS (default 11) chunks of one token each, gap
 * 20 ms (mlx 16; in domain code 5 ms more); 100 + 7 k % 10 prompt tokens;
 * prefill events where the variant is mlx, from 1 ms after the request left to
 * 1 ms before the first token.  Half a second between requests.
 *
 * Memory every MEM_MS (default 100): anon 100 MiB, +400 MiB loaded (mlx), file
 * +300 MiB loaded (gguf), +LEAK bytes anon for every request done in the load.
 * -j: every gap is longer by 0 to JITTER_US - 1 microseconds, drawn at random.
 * -e: energy of the machine: the CPU takes 10 W, while a request runs 50 (mlx
 * 30), the memory 2 W always, the GPU is not told; the server's processes take
 * 4 W always.
 * -p: while gguf decodes, 20 % of the time tasks wait for memory, and each
 * such sample finds 1 MiB more of the machine in swap.
 * -x: cut off, no end records.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rng.h"

#define MS INT64_C(1000000)
#define MIB INT64_C(1048576)

static struct {
	const char *run;
	int64_t blocks, requests, chunks, leak, mem_ns, jitter;
	int cut, energy, pressure;
} o = { "R1", 2, 10, 11, 0, 100 * MS, 0, 0, 0, 0 };

static uint64_t seed = 1;

static int64_t watts = 10, cpu_nj;	/* at now */
static int64_t swapped;			/* MiB */
static int is_pressed;

static int64_t now, next_mem, step, req, records, mems, anon = 100 * MIB, file;

static void
begin(const char *type, int64_t t)
{
	printf("{\"type\":\"%s\",\"run\":\"%s\",\"t_ns\":%" PRId64, type, o.run,
	    t);
	if (strcmp(type, "mem") != 0)
		records++;
}

/* What the sample at t says of the machine. */
static void
put_sys(int64_t t)
{
	int64_t cpu = cpu_nj + watts * (t - now);

	if (!o.energy && !o.pressure) {
		printf(",\"sys\":null");
		return;
	}
	swapped += is_pressed;
	printf(",\"sys\":{\"swap_used_bytes\":%" PRId64 ",\"pressure\":%d",
	    swapped * MIB, is_pressed ? 20 : 0);
	if (o.energy)
		printf(",\"cpu_energy_nj\":%" PRId64 ",\"gpu_energy_nj\":null,"
		    "\"dram_energy_nj\":%" PRId64, cpu, 2 * t);
	putchar('}');
	if (o.energy)
		printf(",\"cpu_energy_nj\":%" PRId64, 4 * t);
}

static void
mem_until(int64_t t)
{
	for (; next_mem <= t; next_mem += o.mem_ns) {
		begin("mem", next_mem);
		printf(",\"pids\":[42],\"n_procs\":1,\"rss_bytes\":%" PRId64
		    ",\"anon_bytes\":%" PRId64 ",\"file_bytes\":%" PRId64
		    ",\"shmem_bytes\":0,\"swap_bytes\":0,\"pss_bytes\":null,"
		    "\"cpu_ns\":1", anon + file, anon, file);
		put_sys(next_mem);
		printf(",\"late_ns\":1000,\"missed\":0,\"cost_ns\":90000}\n");
		mems++;
	}
}

static void
go(int64_t ns)
{
	mem_until(now + ns - 1);
	now += ns;
	cpu_nj += watts * ns;
}

struct variant {
	const char *name, *format;
	int64_t load, ttft, gap, anon, file, n[2];
};

static void
put_step(const struct variant *v, const char *op, const char *scenario,
    int64_t block)
{
	begin("step", now);
	printf(",\"step\":%" PRId64 ",\"op\":\"%s\",\"pair\":\"tiny\","
	    "\"kind\":\"moe\",\"variant\":\"%s\",\"model\":\"tiny-%s\","
	    "\"format\":\"%s\",\"scenario\":", ++step, op, v->name, v->name,
	    v->format);
	if (scenario != NULL)
		printf("\"%s\"", scenario);
	else
		printf("null");
	printf(",\"block\":%" PRId64 ",\"rep\":null,\"concurrency\":%s,"
	    "\"rate_per_s\":null,\"implied\":false}\n", block,
	    scenario != NULL ? "1" : "null");
}

static void
chunk(int64_t i, const char *kind, int64_t bytes, const char *progress)
{
	begin("chunk", now);
	printf(",\"req\":%" PRId64 ",\"i\":%" PRId64 ",\"kind\":\"%s\","
	    "\"bytes\":%" PRId64 ",\"progress\":%s}\n", req, i, kind, bytes,
	    progress);
}

static void
request(struct variant *v, const char *scenario, const char *domain,
    int64_t block)
{
	int is_moe = domain != NULL;
	int64_t k = v->n[is_moe]++, i = 0, prefill, gap;
	int is_mlx = strcmp(v->name, "mlx") == 0;

	put_step(v, "request", scenario, block);
	req++;
	begin("request", now);
	printf(",\"req\":%" PRId64 ",\"step\":%" PRId64 ",\"scheduled_ns\":%"
	    PRId64 ",\"prompt\":\"p.%" PRId64
	    "\",\"prompt_key\":\"%s/%" PRId64 "\","
	    "\"prompt_sha256\":\"00\",\"prompt_bytes\":400,"
	    "\"target_tokens\":null,\"max_tokens\":64,\"cache\":\"cold\","
	    "\"domain\":%s%s%s,\"turn\":null,\"warmup\":false,"
	    "\"concurrency\":1}\n", req, step, now - MS, k, scenario, k,
	    is_moe ? "\"" : "", is_moe ? domain : "null", is_moe ? "\"" : "");
	watts = is_mlx ? 30 : 50;
	prefill = v->ttft + k % 5 * MS;
	gap = v->gap + (is_moe && strcmp(domain, "code") == 0 ? 5 * MS : 0);
	if (is_mlx) {
		go(MS);
		chunk(i++, "prefill", 0, "0");
		go(prefill - 2 * MS);
		chunk(i++, "prefill", 0, "1");
		go(MS);
	} else {
		go(prefill);
	}
	is_pressed = o.pressure && !is_mlx;
	for (int64_t c = 0; c < o.chunks; c++) {
		if (c > 0)
			go(o.jitter == 0 ? gap : gap + 1000 *
			    (int64_t)rng_below(&seed, (uint64_t)o.jitter));
		chunk(i++, "content", 4, "null");
	}
	watts = 10;
	is_pressed = 0;
	begin("response", now);
	printf(",\"req\":%" PRId64 ",\"step\":%" PRId64 ",\"status\":\"ok\","
	    "\"http\":200,\"finish\":\"length\",\"model_served\":\"tiny\","
	    "\"prompt_tokens\":%" PRId64 ",\"completion_tokens\":%" PRId64
	    ",\"reasoning_tokens\":0,\"cached_tokens\":0,"
	    "\"tokens_from\":\"stats\",\"server\":{\"ttft_s\":%.3f,"
	    "\"tokens_per_s\":%.6g,\"load_s\":null,\"prefill_s\":null},"
	    "\"connect_ns\":0,\"first_byte_ns\":%" PRId64 ",\"chunks\":%" PRId64
	    ",\"bytes\":%" PRId64 ",\"output_sha256\":\"%" PRId64
	    "\",\"retries\":0,\"error\":null}\n", req, step, 100 + k * 7 % 10,
	    o.chunks,
	    (double)prefill / 1e9, 1e9 / (double)gap,
	    now - (o.chunks - 1) * gap - MS, o.chunks, o.chunks * 4, k);
	anon += o.leak;
	go(500 * MS);
}

static void
load(const struct variant *v, int64_t block)
{
	put_step(v, "load", NULL, block);
	begin("load", now);
	printf(",\"step\":%" PRId64 ",\"phase\":\"begin\","
	    "\"model\":\"tiny-%s\",\"status\":null}\n", step, v->name);
	go(v->load);
	anon += v->anon;
	file += v->file;
	begin("load", now);
	printf(",\"step\":%" PRId64 ",\"phase\":\"end\",\"model\":\"tiny-%s\","
	    "\"instance\":\"tiny-%s:1\",\"format\":\"%s\","
	    "\"size_bytes\":%" PRId64 ",\"quantization\":\"Q8_0\","
	    "\"bits_per_weight\":8.5,\"params\":\"15M\",\"architecture\":\"a\","
	    "\"context_length\":4096,\"requested_context_length\":4096,"
	    "\"parallel\":1,\"runtime\":null,\"server_load_s\":%.3f,"
	    "\"status\":\"ok\",\"error\":null}\n", step, v->name, v->name,
	    v->format, 350 * MIB, (double)v->load / 1e9 - 0.01);
	go(500 * MS);
}

static void
unload(const struct variant *v, int64_t block)
{
	put_step(v, "unload", NULL, block);
	begin("unload", now);
	printf(",\"step\":%" PRId64 ",\"phase\":\"begin\",\"instance\":\"i\","
	    "\"runtime\":\"%s-engine 1.2\",\"status\":null}\n", step,
	    v->format);
	go(200 * MS);
	anon = 100 * MIB;
	file = 0;
	begin("unload", now);
	printf(",\"step\":%" PRId64 ",\"phase\":\"end\",\"instance\":\"i\","
	    "\"status\":\"ok\",\"error\":null}\n", step);
	go(500 * MS);
}

static void
visit(struct variant *v, int64_t block)
{
	load(v, block);
	for (int64_t i = 0; i < o.requests; i++)
		request(v, "simple", NULL, block);
	for (int64_t i = 0; i < 4; i++)
		request(v, "moe", i % 2 == 0 ? "math" : "code", block);
	unload(v, block);
}

static int64_t
number(const char *s)
{
	return (int64_t)strtoll(s, NULL, 10);
}

static void
options(int argc, char *argv[])
{
	int c;

	while ((c = getopt(argc, argv, "r:b:n:c:l:m:j:epx")) != -1)
		switch (c) {
		case 'r': o.run = optarg; break;
		case 'b': o.blocks = number(optarg); break;
		case 'n': o.requests = number(optarg); break;
		case 'c': o.chunks = number(optarg); break;
		case 'l': o.leak = number(optarg); break;
		case 'm': o.mem_ns = number(optarg) * MS; break;
		case 'j': o.jitter = number(optarg); break;
		case 'e': o.energy = 1; break;
		case 'p': o.pressure = 1; break;
		case 'x': o.cut = 1; break;
		default: exit(2);
		}
}

int
main(int argc, char *argv[])
{
	struct variant v[2] = {
		{ "gguf", "gguf", 1000 * MS, 200 * MS, 20 * MS, 0, 300 * MIB,
		    { 0, 0 } },
		{ "mlx", "mlx", 1500 * MS, 150 * MS, 16 * MS, 400 * MIB, 0,
		    { 0, 0 } }
	};

	options(argc, argv);
	begin("run", 0);
	printf(",\"v\":1,\"stream\":\"raw\",\"tool\":\"lmsdrive 0.1.0\","
	    "\"wall\":\"2026-11-23T00:00:00.000Z\",\"origin_ns\":\"1\","
	    "\"boot_id\":\"b\",\"host\":{\"os\":\"Linux\",\"cores\":2},"
	    "\"server\":{\"url\":\"http://127.0.0.1:1234\","
	    "\"api\":\"lmstudio\"},\"config\":\"suite.yaml\","
	    "\"config_sha256\":\"c\",\"steps\":9,\"simulated\":true,"
	    "\"clock\":\"kernel\"}\n");
	go(1000 * MS);
	for (int64_t b = 0; b < o.blocks; b++) {
		visit(&v[b % 2], 2 * b + 1);
		visit(&v[1 - b % 2], 2 * b + 2);
	}
	if (o.cut)
		return 0;
	begin("end", now);
	printf(",\"tool\":\"lmsdrive\",\"records\":%" PRId64
	    ",\"interrupted\":false,\"self\":{\"cpu_ns\":1000000,"
	    "\"max_rss_bytes\":1000,\"wall_ns\":%" PRId64 "}}\n", records, now);
	begin("end", now);
	printf(",\"tool\":\"memsample\",\"records\":%" PRId64
	    ",\"interrupted\":false,\"self\":{\"cpu_ns\":2000000,"
	    "\"max_rss_bytes\":2000,\"wall_ns\":%" PRId64
	    ",\"samples\":%" PRId64
	    ",\"missed\":0,\"worst_late_ns\":1000}}\n", mems + 1, now, mems);
	return 0;
}

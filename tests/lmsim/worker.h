#ifndef LMG_TESTS_LMSIM_WORKER_H
#define LMG_TESTS_LMSIM_WORKER_H

/*
 * The process that holds a loaded model.  lmsim starts itself again as
 * "lmsim-worker --worker KEY" (the name can be chosen), with one end of a
 * socket pair as descriptor 3; lines go both ways:
 *
 *	load gguf|mlx BYTES DURATION_NS	allocate, evenly over the duration
 *	kv BYTES			hold this much context memory now
 *	leak BYTES			allocate for ever
 *	crash				abort as an engine would (SIGKILL)
 *
 *	progress RATIO			while loading
 *	loaded BYTES			really allocated
 *	failed REASON
 *
 * gguf weights are a shared mapping of a file (file-backed pages, as with
 * mmap in llama.cpp), mlx weights and everything else are anonymous.  The
 * file is unlinked as soon as it is open, and the end of the socket ends the
 * worker, so that nothing outlives the server however it ends.
 */

enum { WORKER_FD = 3 };

/* The first argument, which nobody types. */
#define WORKER_OPTION "--worker"

/* Serve descriptor WORKER_FD until it ends; returns an exit status. */
int worker_main(void);

#endif

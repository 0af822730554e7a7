#ifndef LMG_LMSDRIVE_RUN_RESUME_H
#define LMG_LMSDRIVE_RUN_RESUME_H

/*
 * What a run that was broken off has finished, so that another can do the
 * rest: read from its raw.ndjson.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decisions.h"
#include "host.h"
#include "output.h"
#include "step/step.h"
#include "server/client.h"

struct resume {
	char run[RECORD_RUN_ID_CAP];
	char plan_sha256[80], config_sha256[80], boot_id[64];
	char url[512], api[32], version[64], cpu[128], kernel[128];
	int64_t origin_ns, memory_bytes;
	int64_t last_req, last_step;	/* highest numbers used */
	struct resume_step {
		bool is_begun;
		int64_t done;		/* responses that count */
		bool is_broken;		/* cancelled or skipped responses */
		bool is_decided;	/* skipped: not needed any more */
		bool is_over;		/* another step came after it */
	} *steps;			/* by step number */
	size_t n_steps;
	int64_t current;
	char step_url[512];		/* of the current step's server */
	int64_t responses[STATUS_UNKNOWN + 1], not_needed;
	struct decisions decided;
	struct resume_load {		/* loaded, and not unloaded again */
		char *url, *model;
		char *instance;		/* NULL: the load was not over */
		int64_t begun_ns;	/* monotonic */
		bool is_old;		/* of a run before the last resume */
	} *loads;
	size_t n_loads;
	int64_t longest_load_ns;	/* 0: none was over */
	char *path;			/* of raw.ndjson */
	char *cut_text;			/* how its last line begins when that
					 * lacks its end, else NULL */
	size_t cut_bytes;		/* what of it is no record */
};

/* Read folder/raw.ndjson.  Returns 0, or -1 after a message. */
int resume_read(struct resume *r, const char *folder);
void resume_fini(struct resume *r);

/*
 * Is it the same experiment?  Plan, configuration, server and host must be.
 * Returns 0, or -1 after a message that names what differs.
 */
int resume_check(const struct resume *r, const struct step *first,
    const char *plan_sha256, const struct client *c);

/*
 * Make raw.ndjson end with a whole record: half of one, which the run that was
 * broken off left, would make one unreadable line with what is appended.
 * Returns 0, or -1 after a message.
 */
int resume_mend(const struct resume *r);

/* Has the machine run on since?  Then its clock is the same. */
bool resume_is_same_boot(const struct resume *r);

/* Had that run, in this boot, loaded anything at url that it did not unload? */
bool resume_has_left(const struct resume *r, const char *url);

/* Was instance, of model, loaded at url by the run that was broken off, in
 * this boot? */
bool resume_loaded(const struct resume *r, const char *url, const char *model,
    const char *instance);

/*
 * Until when (monotonic) a load which that run had asked for at url may still
 * come about: twice as long as any took, a minute when none did.  *model is
 * its model; 0: there is none, or the boot is another.
 */
int64_t resume_awaited_ns(const struct resume *r, const char *url,
    const char **model);

/*
 * Take the finished steps out of steps[0..*n): requests that were answered or
 * that their time limit left out, and a load with all that follows it up to the
 * next load when nothing between them is left to do, or is needed.  Where
 * something is, its warm-ups, the turns before it and what fills the cache for
 * it stay: the model is loaded anew.  What is taken out is behind the others
 * then: clients go on using what it says of their server.
 */
void resume_filter(const struct resume *r, struct step *steps, size_t *n);

#endif

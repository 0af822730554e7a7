#ifndef LMG_TESTS_LMSIM_CATALOG_API_H
#define LMG_TESTS_LMSIM_CATALOG_API_H

/* The endpoints that list, load and unload models, in every dialect:
 * catalog_list.c and catalog_load.c. */

#include "fault.h"

struct exchange;
struct instance;
struct model;
struct json;
struct sim;

void catalog_list_v1(struct exchange *x);	/* GET /api/v1/models */
void catalog_list_v0(struct exchange *x);	/* GET /api/v0/models */
void catalog_one_v0(struct exchange *x);	/* GET /api/v0/models/KEY */
void catalog_list_openai(struct exchange *x);	/* GET /v1/models */
void catalog_list_router(struct exchange *x);	/* GET /models */
void catalog_load_v1(struct exchange *x);	/* POST /api/v1/models/load */
void catalog_unload_v1(struct exchange *x);
void catalog_load_router(struct exchange *x);	/* POST /models/load */
void catalog_unload_router(struct exchange *x);

void catalog_list_ollama(struct exchange *x);	/* GET /api/tags */
void catalog_running_ollama(struct exchange *x);	/* GET /api/ps */
void catalog_show_ollama(struct exchange *x);	/* POST /api/show */
void catalog_generate_ollama(struct exchange *x);	/* POST /api/generate */

/* Appends what a list says of one model; nothing when it leaves it out. */
typedef void catalog_writer(struct json *j, struct sim *sim,
    const struct model *m);

/* Answer with all models as the array key ("data": OpenAI's list object). */
void catalog_list(struct exchange *x, const char *key, catalog_writer *write);

/* The faults a load of m plays: by header, and those of the model. */
fault_set catalog_load_faults(const struct exchange *x,
    const struct model *m);

/* A loaded instance's configuration as the member key. */
void catalog_write_config(struct json *j, const char *key,
    const struct instance *inst);

#endif

#ifndef LMSIM_CATALOG_API_H
#define LMSIM_CATALOG_API_H

/* The endpoints that list, load and unload models, in every dialect. */

struct exchange;

void catalog_list_v1(struct exchange *x);	/* GET /api/v1/models */
void catalog_list_v0(struct exchange *x);	/* GET /api/v0/models */
void catalog_one_v0(struct exchange *x);	/* GET /api/v0/models/KEY */
void catalog_list_openai(struct exchange *x);	/* GET /v1/models */
void catalog_list_router(struct exchange *x);	/* GET /models */
void catalog_load_v1(struct exchange *x);	/* POST /api/v1/models/load */
void catalog_unload_v1(struct exchange *x);
void catalog_load_router(struct exchange *x);	/* POST /models/load */
void catalog_unload_router(struct exchange *x);

#endif

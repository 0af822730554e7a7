#ifndef LMG_LMSDRIVE_INIT_NAMING_H
#define LMG_LMSDRIVE_INIT_NAMING_H

/*
 * What a model's names tell of it, where a server's list does not: the format,
 * the bits per weight, the parameters, and what is left.  Pure.
 */

#include "server/models.h"

/*
 * What is left of a key without publisher, format and quantization, lower
 * case, heap: "mlx-community/Llama-3.3-70B-Instruct-4bit" and
 * "llama-3.3-70b-instruct@q4_k_m" are both "llama-3.3-70b-instruct".
 */
char *naming_base(const char *key);

/* Its format: as told, else by what its key says; NULL. */
const char *naming_format(const struct model *m);

/*
 * Its bits per weight: as told, else from the key or quantization ("q4_k_m",
 * "4bit", "f16"), else from size and parameters; NAN.
 */
double naming_bits(const struct model *m);

/* "70B", "30B-A3B", "8x7B": the parameters, or NAN. */
double naming_params(const char *text);

/* Is it a mixture of experts, by its name, parameters or architecture? */
bool naming_is_moe(const struct model *m);

#endif

/* The servers we know.  A new one is a file of its own, and a line here. */

#include "api.h"

const struct server_api *const server_apis[] = {
	&api_lmstudio, &api_lmstudio_v0, &api_llama_router, &api_ollama,
	&api_llama, &api_vllm, &api_omlx, &api_rapid_mlx, &api_vllm_mlx,
	&api_mlx_serve, &api_mlx_lm, &api_openai, NULL
};

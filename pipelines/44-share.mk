# The verdict as one block for an issue or a post, and the check of such a one.

#: make share            RUN=results/STAMP: the verdict in at most 40 lines of
#:                       Markdown, on stdout
#: make verify           FILE=post.md RUN=results/STAMP: is the block in FILE what
#:                       its raw.ndjson says?

FILE ?=
sha256 = sum=sha256sum; command -v $$sum >/dev/null || { needs shasum; sum='shasum -a 256'; }; \
	sum=$$($$sum <"$$RUN/raw.ndjson") || exit 4
# $(call block_of,METRICS), and it from the raw records alone, whatever else
# lies in the folder; lines that are no records are left out (status 3).
block_of = { $(sha256); "$$BIN/mkreport" --format share $(1) && \
	printf 'Records: raw.ndjson, SHA-256 `%s`. Made by `lmgauge share RUN`, checked by `lmgauge verify FILE RUN`.\n' "$${sum%% *}"; }
block = { "$$BIN/metricsagg" "$$RUN/raw.ndjson" || [ $$? -eq 3 ]; } | $(call block_of)

.PHONY: share verify
share: $(need_bin)
	$(need_run)
	@$(run_path); $(need_raw); $(block)

# Around the block there may be what a site adds: other text, returns, spaces.
verify: $(need_bin)
	$(call need,FILE,which: $(me) verify FILE=post.md RUN=results/STAMP)
	$(need_run)
	@$(run_path); $(need_raw); as_path FILE; \
	[ -r "$$FILE" ] || { echo "$(me): $$FILE: cannot be read" >&2; exit 2; }; \
	made=$$($(block)); export made; awk -f "$$PIPELINES/share/verify.awk" <"$$FILE"

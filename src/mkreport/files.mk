# Records to rows, rows to answers, answers to sections; then the other forms.
mkreport_SRCS := schema.c evidence.c subject.c verdict.c quantity.c params.c markdown.c \
	report.c speed_table.c memory_table.c section_verdict.c \
	section_short.c section_parity.c section_speed.c section_memory.c \
	section_energy.c section_moe.c section_stability.c section_appendix.c \
	section_details.c section_runs.c export.c export_table.c export_summary.c \
	export_benchstat.c export_llama_bench.c export_openmetrics.c

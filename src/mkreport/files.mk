# Records to rows, rows to answers, answers to sections; then the other forms.
mkreport_READ := $(addprefix read/,evidence.c subject.c params.c)
mkreport_VERDICT := $(addprefix verdict/,rules.c compared.c memory.c stable.c \
	quality.c verdict.c advice.c)
mkreport_TEXT := $(addprefix text/,markdown.c)
mkreport_SECTIONS := $(addprefix section/,section.c row_table.c alike_rows.c speed_table.c memory_table.c reserve.c as_good.c how_much.c \
	section_short.c section_verdict.c section_parity.c section_speed.c \
	section_memory.c section_energy.c section_moe.c section_stability.c section_quality.c \
	section_turns.c section_next.c section_findings.c section_method.c section_cost.c \
	section_origin.c section_details.c section_runs.c)
mkreport_EXPORTS := $(addprefix export/,export.c export_table.c \
	export_summary.c)
mkreport_SRCS := $(mkreport_READ) $(mkreport_VERDICT) $(mkreport_TEXT) report.c \
	$(mkreport_SECTIONS) share.c $(mkreport_EXPORTS)

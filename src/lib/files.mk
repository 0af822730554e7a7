# What two or more tools need: memory, text and numbers, then JSON and YAML,
# then the rows of tables, the records, the questions of a check and the machine.
lib_SRCS := xalloc.c buf.c utf8.c diag.c version.c clock.c clock_$(OS).c statusline.c \
	number.c cmdline.c quantity.c url.c nearest.c rng.c wordlist.c digest.c json.c options.c \
	append.c ndjson.c outq.c yamldoc.c yamlmember.c \
	field.c field_read.c record.c raw.c words.c metric.c failif.c quiz.c quiz_number.c quiz_text.c \
	quiz_choice.c quiz_json.c toolcall.c agent.c host.c host_$(OS).c

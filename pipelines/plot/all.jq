# Every plot of a run as gnuplot parameters and data, for split.awk:
#   jq -nr -L pipelines/plot -f pipelines/plot/all.jq metrics.ndjson
# Of several runs in one file only the first is drawn.
include "common";
include "groups";
include "curves";
include "memory";

[inputs] | ((map(select(.type == "run"))[0] // .[0] // {}).run) as $run
| map(select(.run == $run)) as $all
| subjects($all) as $subjects
| {subjects: $subjects, labels: labels($subjects),
   simulated: any($all[]; .type == "run" and .simulated == true),
   samples: [$all[] | select(.type == "sample")],
   metrics: [$all[] | select(.type == "metric")],
   memory: [$all[] | select(.type == "memory")],
   timeline: [$all[] | select(.type == "timeline")],
   phase: [$all[] | select(.type == "phase")],
   quality: [$all[] | select(.type == "quality")],
   leak: [$all[] | select(.type == "leak")],
   compare: [$all[] | select(.type == "compare")],
   moe: [$all[] | select(.type == "moe")],
   turn: [$all[] | select(.type == "turn")],
   ecdf: [$all[] | select(.type == "ecdf")]} as $c
| speed_plot($c), tradeoff_plots($c), memory_plots($c), scenarios_plots($c), prompt_plots($c),
  depth_plots($c), turns_plots($c), concurrency_plots($c), ecdf_plots($c), leak_plots($c), moe_plots($c)

# The metric records of the input; those of a run, or of another version of the
# format, end the program as they end mkreport.
def records: inputs | if .type != "run" then .
  elif .stream == "raw" then error("raw records; run metricsagg first")
  elif .v != 1 then error("records of another version of the format")
  else . end;

# All of them, with one of each request.
def samples: [records] | if all(.[]; .type != "sample") and any(.[]; .type == "run" and (.requests // 0) > 0)
  then error("no records of each request; metricsagg --samples writes them") else . end;

# Memory over time, phases shaded (see memory.jq).
WIDTH = 900
PANELS = 1
FOOT = 76 + 22 * (N > 3 ? int((N + 1) / 2) : 1)
HEIGHT = 40 + FOOT + 380
load dir.'/style.gp'

array TINT[6] = [0xfbe6c8, 0xebebeb, 0xdfe9f8, 0xdff2df, 0xfbf8ea, 0xf0e4f3]
array PHASE[6] = ['loading', 'loaded', 'prefill', 'decode', 'between', 'after unload']

set multiplot
set lmargin at screen 0.1
set rmargin at screen 0.975
set tmargin at screen panel_top(1) - px(14)
set bmargin at screen panel_top(1) - panel_height(0) + px(50)
set xlabel XLABEL
if (TEXT) { set title YLABEL.', '.COUNTER } else { set ylabel YLABEL offset 0.5, 0 }
set xrange [0:XMAX]
set yrange [0:TOP]
set style fill solid 1 noborder
unset key
plot for [p = 1:(TEXT ? 0 : 6)] '$PHASE'.p using 1:(0):1:2:(0):(TOP) with boxxyerror linecolor rgb TINT[p], \
     for [v = 1:(TEXT ? 0 : N)] '$SECOND'.v using 1:2 with lines dashtype 3 linewidth 1.5 linecolor rgb rgb(COLOR[v]), \
     for [v = 1:N] '$MAIN'.v using 1:2 with lines linetype v linewidth 2 linecolor rgb rgb(COLOR[v])
eval panel_drawn
# The keys are plots without axes: the phases and which line is which counter
# (a terminal shows neither), below them the variants.
unset border; unset tics; unset xlabel; unset ylabel; unset grid; unset label 1; unset label 2
set xrange [0:1]
if (!TEXT) {
	set key at screen 0.53, px(14) + px(20) * KEY_ROWS center bottom horizontal maxrows 1 samplen 1.5
	plot for [p = 1:6] NaN with boxes linecolor rgb TINT[p] title PHASE[p], \
	     NaN with lines linewidth 2 linecolor rgb '#333333' title COUNTER.(SECOND ? ' (solid)' : ''), \
	     for [s = 1:SECOND] NaN with lines dashtype 3 linewidth 1.5 linecolor rgb '#333333' title COUNTER2.' (dotted)'
}
set key at screen 0.53, px(8) center bottom horizontal maxcols KEY_COLUMNS samplen 2
plot for [v = 1:N] NaN with lines linetype v linewidth 2 linecolor rgb rgb(COLOR[v]) title LABEL[v]
unset multiplot

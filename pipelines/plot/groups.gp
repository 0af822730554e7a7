# Dots of every sample, median and interval, in groups (see groups.jq).
WIDTH = 900
# Labels that would run into each other are turned, which takes more room.
longest = 0
do for [g = 1:GROUPS] { if (strlen(GROUP[g]) > longest) { longest = strlen(GROUP[g]) } }
TURNED = GROUPS * (7.2 * longest + 12) > 0.88 * WIDTH
TURN_PX = TURNED ? 3.2 * longest : 0
FOOT = 34 + 22 * (N > 3 ? int((N + 1) / 2) : 1)
HEIGHT = 40 + FOOT + (290 + TURN_PX) * PANELS
load dir.'/style.gp'

# A column too narrow for the figure of its median has it upright, or none in a
# terminal.
NARROW = 0.8 * 0.885 * WIDTH / (GROUPS * N) < 46
FIGURES = NARROW ? 'rotate by 90 left offset 0.3, 0.4' : 'center offset 0, '.(TEXT ? '1' : '0.7')
set multiplot
set lmargin at screen 0.1
set rmargin at screen 0.985
set xrange [-0.05:GROUPS + 0.05]
set xtics () scale 0
if (TURNED) { set xtics rotate by 25 right }
do for [g = 1:GROUPS] { set xtics add (GROUP[g] g - 0.5) }
do for [g = 1:GROUPS - 1] { set arrow g from g, graph 0 to g, graph 1 nohead linecolor rgb '#dddddd' back }
set style fill solid 1 noborder

do for [k = 1:PANELS] {
	set tmargin at screen panel_top(k) - px(16)
	set bmargin at screen panel_top(k) - panel_height(0) + px(34 + TURN_PX)
	if (TEXT) { set title PANEL_TITLE[k].', ---- its median' } else { set ylabel PANEL_TITLE[k] offset 0.5, 0 }
	unset key
	if (k == PANELS) { set key at screen 0.53, px(8) center bottom horizontal maxcols KEY_COLUMNS samplen 1 }
	if (k > 1) { unset label 1; unset label 2 }
	if (PANEL_LOG[k]) { set logscale y; set yrange [*:*] } else { unset logscale y; set yrange [0:*] }
	# Room for the figure above the highest.
	set offsets 0, 0, graph 0.08, 0
	eval panel_state(EMPTY[k])
	plot for [v = 1:N] '$DOTS'.k using ($3 == v ? $1 : NaN):2 with points pointtype shape(COLOR[v]) pointsize 0.55 \
	       linecolor rgb (0x90000000 + rgb(COLOR[v])) notitle, \
	     for [v = 1:N] '$MID'.k using ($5 == v ? $1 : NaN):3:(0):($4 - $3) with vectors nohead \
	       linewidth 2 linecolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:N] '$MID'.k using ($5 == v ? $1 - $6 : NaN):2:(2 * $6):(0) with vectors nohead \
	       linewidth 3 linecolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:(TEXT ? N : 0)] '$DOTS'.k using ($3 == v ? $1 : NaN):2 with points pointtype shape(COLOR[v]) notitle, \
	     '$MID'.k using (valid(1) && !(TEXT && NARROW) ? $1 : OUTSIDE):(valid(1) ? $4 : 1):7 with labels font ',11' \
	       @FIGURES textcolor rgb '#222222' notitle, \
	     for [v = 1:N] NaN with points pointtype shape(COLOR[v]) pointsize 0.9 linecolor rgb rgb(COLOR[v]) title LABEL[v]
	eval panel_drawn
}
unset multiplot

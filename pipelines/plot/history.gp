# Every run of a pair over time (see ../history/plot.jq).
WIDTH = 900
PANELS = 3
FOOT = 50 + 22 * (N > 3 ? int((N + 1) / 2) : 1)
HEIGHT = 40 + FOOT + 205 * PANELS
load dir.'/style.gp'

set multiplot
set lmargin at screen 0.1
set rmargin at screen 0.975
set xdata time
set timefmt '%s'
set xrange [FROM - ROOM:TO + ROOM]
if (DAYS > 2) { set xtics 86400 * int(DAYS / 7 + 1) }
do for [m = 1:MARKS] {
	set arrow m from MARK[m], graph 0 to MARK[m], graph 1 nohead dashtype 2 linecolor rgb '#777777' back
}
do for [k = 1:PANELS] {
	set tmargin at screen panel_top(k) - px(16)
	set bmargin at screen panel_top(k) - panel_height(0) + px(44)
	if (TEXT) { set title PANEL_TITLE[k] } else { set ylabel PANEL_TITLE[k] offset 0.5, 0 }
	unset key
	if (k == PANELS) { set key at screen 0.53, px(8) center bottom horizontal maxcols KEY_COLUMNS samplen 1 }
	if (k > 1) { unset label 1; unset label 2 }
	do for [m = 1:MARKS] {
		if (k == 1) { set label 10 + m MARK_TEXT[m] at MARK[m], graph 1 offset 0.4, -0.6 font ',10' textcolor rgb '#555555' } else { unset label 10 + m }
	}
	set yrange [0:*]
	set offsets 0, 0, graph 0.08, 0
	eval panel_state(EMPTY[k])
	set format x (DAYS > 2 ? "%Y-%m-%d" : "%m-%d\n%H:%M")
	plot for [v = 1:N] '$PANEL'.k using ($5 == v ? $1 : NaN):2:3:4 with yerrorbars pointtype shape(COLOR[v]) \
	       pointsize 0.8 linewidth 1.5 linecolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:N] NaN with points pointtype shape(COLOR[v]) pointsize 0.9 linecolor rgb rgb(COLOR[v]) title LABEL[v]
	eval panel_drawn
}
unset multiplot

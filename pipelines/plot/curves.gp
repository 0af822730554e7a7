# Something against something, one colour per variant (see curves.jq).
WIDTH = 900
FOOT = 24 + 22 * (N > 3 ? int((N + 1) / 2) : 1)
HEIGHT = 40 + FOOT + (PANELS == 1 ? 380 : 290 * PANELS)
load dir.'/style.gp'

set multiplot
set lmargin at screen 0.1
set rmargin at screen 0.975
set style fill transparent solid 0.15 noborder
do for [k = 1:PANELS] {
	set tmargin at screen panel_top(k) - px(14)
	set bmargin at screen panel_top(k) - panel_height(0) + px(50)
	set xlabel XLABEL[k].(BOUNDS[k] && !TEXT ? ' (dotted: if only what is new is processed, dashed: if all)' : '')
	if (TEXT) { set title YLABEL[k] } else { set ylabel YLABEL[k] offset 0.5, 0 }
	unset key
	if (k == PANELS) { set key at screen 0.53, px(8) center bottom horizontal maxcols KEY_COLUMNS samplen 2 }
	if (k > 1) { unset label 1; unset label 2 }
	# Beside the points, and above them where their figures stand.
	beside = LOGX[k] ? 0 : 0.02
	set offsets graph beside, graph beside, graph (MARKS[k] ? 0.06 : 0), 0
	if (LOGX[k]) {
		set logscale x
		set xrange [XMIN[k]:XMAX[k]]
		set xtics ()
		do for [e = -4:7] { do for [m in '1 2 5'] { set xtics add (sprintf('%g', m * 10.0 ** e) m * 10.0 ** e) } }
		# A last one near the right end, where 1, 2 and 5 leave it bare.
		e = floor(log10(XMAX[k] / 1.1))
		m = int(XMAX[k] / 1.1 / 10.0 ** e + 1e-9)
		if (m == 3 || m == 4 || m > 6) { set xtics add (sprintf('%g', m * 10.0 ** e) m * 10.0 ** e) }
	} else {
		# Requests, one after the other or at once: there are no halves.
		if (XMAX[k] < 12) { set xtics 1 }
		if (MARKS[k]) { set xrange [0:XMAX[k]] }
	}
	set yrange [*<0:*]
	eval panel_state(EMPTY[k])
	plot for [v = 1:(TEXT ? 0 : N)] '$LINE'.k.'_'.v using 1:3:4 with filledcurves linecolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:N] '$DOTS'.k.'_'.v using 1:2 with points pointtype shape(COLOR[v]) pointsize 0.6 \
	       linecolor rgb (0x70000000 + rgb(COLOR[v])) notitle, \
	     for [v = 1:N] '$LINE'.k.'_'.v using 1:2 with lines linetype v linewidth 2 linecolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:(TEXT ? 0 : N)] '$LINE'.k.'_'.v using (MARKS[k] ? $1 : NaN):2:3:4 with yerrorbars linewidth 1.5 \
	       pointtype shape(COLOR[v]) pointsize 0.8 linecolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:(TEXT || !MARKS[k] || N > 3 ? 0 : N)] '$LINE'.k.'_'.v using (valid(1) ? $1 : OUTSIDE):(valid(1) ? $4 : 1):5 with labels font ',11' \
	       offset 0, 0.7 textcolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:(TEXT || !BOUNDS[k] ? 0 : N)] '$BOUNDS'.k.'_'.v using 1:2 with lines dashtype 3 linewidth 1.2 linecolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:(TEXT || !BOUNDS[k] ? 0 : N)] '$BOUNDS'.k.'_'.v using 1:3 with lines dashtype 2 linewidth 1.2 linecolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:N] NaN with linespoints linetype v linewidth 2 pointtype shape(COLOR[v]) pointsize 0.9 linecolor rgb rgb(COLOR[v]) title LABEL[v]
	eval panel_drawn
}
unset multiplot

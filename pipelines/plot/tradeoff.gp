# One thing against another (see memory.jq).
WIDTH = 900
PANELS = 1
FOOT = 20 + 22 * (N > 3 ? int((N + 1) / 2) : 1) + 22 * (PAIRS > 3 ? int((PAIRS + 1) / 2) : 1)
HEIGHT = 40 + FOOT + 380
load dir.'/style.gp'

array FORM[6] = [7, 5, 9, 13, 11, 15]
form(p) = FORM[(p - 1) % 6 + 1]
set multiplot
set lmargin at screen 0.1
set rmargin at screen 0.975
set tmargin at screen panel_top(1) - px(14)
set bmargin at screen panel_top(1) - panel_height(0) + px(50)
set xlabel XLABEL
if (TEXT) { set title YLABEL } else { set ylabel YLABEL offset 0.5, 0 }
set xrange [0:*]
# A share ends at 100 %, with room for its figure.
if (YMAX > 0) { set yrange [0:YMAX] } else { set yrange [0:*] }
set offsets 0, graph 0.05, graph 0.08, 0
set key at screen 0.53, px(8) center bottom horizontal maxcols 3 samplen 1
if (TEXT) {
	# Colours told the variants apart: here each point has its own letter.
	plot for [p = 1:PAIRS] for [v = 1:N] $POINTS using ($5 == v && $6 == p ? $1 : NaN):2 with points \
	       pointtype (p - 1) * N + v title PAIR[p].' '.LABEL[v]
} else {
	plot for [p = 1:PAIRS] '$PAIR'.p using 1:2 with lines linewidth 1 linecolor rgb '#aaaaaa' notitle, \
	     for [p = 1:PAIRS] for [v = 1:N] $POINTS using ($5 == v && $6 == p ? $1 : NaN):2:3:4 with yerrorbars \
	       pointtype form(p) pointsize 1.3 linewidth 1.5 linecolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:N] $POINTS using ($5 == v ? $1 : OUTSIDE):4:7 with labels font ',11' \
	       offset 0, 0.8 textcolor rgb rgb(COLOR[v]) notitle, \
	     for [v = 1:N] NaN with points pointtype 5 pointsize 1.3 linecolor rgb rgb(COLOR[v]) title LABEL[v], \
	     for [p = 1:PAIRS] NaN with points pointtype form(p) pointsize 1.3 linecolor rgb '#333333' title PAIR[p]
	eval panel_drawn
}
unset multiplot

# Loaded by every script once it knows WIDTH and HEIGHT: terminal, colours,
# banner.  Colours are after Okabe and Ito, told apart by every kind of colour
# vision, some darkened to a contrast of 3:1 on the background; each variant
# has its own point shape, too.
array RGB[7] = [0x0072b2, 0xd55e00, 0x009e73, 0xb5528c, 0x9a6700, 0x5b4a9c, 0x555555]
array SHAPE[7] = [7, 5, 9, 11, 13, 6, 4]
rgb(i) = RGB[(i - 1) % 7 + 1]
shape(i) = SHAPE[(i - 1) % 7 + 1]

if (fmt eq 'png') {
	set terminal pngcairo noenhanced size WIDTH, HEIGHT font 'sans,10' background '#fafafa'
}
if (fmt eq 'svg') {
	set terminal svg noenhanced size WIDTH, HEIGHT font 'Helvetica,Arial,DejaVu Sans,sans-serif,13' background '#fafafa'
}
# A terminal has one character for a line of type v and one for a point of
# shape v, and they stand for a variant: no bands, no intervals, no second line.
TEXT = fmt eq 'dumb'
if (TEXT) {
	set terminal dumb noenhanced size 100, HEIGHT / 17 mono
}

set format y '%.10g'
set border 3 linecolor rgb '#555555'
set tics nomirror textcolor rgb '#333333'
if (!TEXT) { set grid ytics linecolor rgb '#dddddd' linetype 1 linewidth 0.6 }
set xlabel textcolor rgb '#333333'
set ylabel textcolor rgb '#333333'
set key textcolor rgb '#222222'

# Rows of the key, and the room in pixels above and below the panels.
KEY_COLUMNS = N > 3 ? 2 : 3
KEY_ROWS = int((N + KEY_COLUMNS - 1) / KEY_COLUMNS)
HEAD_PX = 40.0
px(n) = n / (1.0 * HEIGHT)

set label 1 TITLE at screen 0.012, 1 - px(16) left front textcolor rgb '#222222'
if (SIM) {
	set label 2 'SIMULATED' at screen 0.988, 1 - px(16) right front textcolor rgb '#b00020'
}

# A panel without a value says so: gnuplot ends where it finds no range.
panel_state(empty) = empty ? \
	"set yrange [0:1]; set format x ''; set format y ''; set label 3 'nothing measured' at graph 0.5, graph 0.5 center textcolor rgb '#555555'" : \
	"set format x '% h'; set format y '%.10g'; unset label 3"

# gnuplot 5.4 crashes where a plot of labels has no place at all: what has none
# stands left of every axis.
OUTSIDE = -9

# Panel k of PANELS, from the top, FOOT pixels being taken by the key.
panel_top(k) = 1 - px(HEAD_PX) - (k - 1) * panel_height(0)
panel_height(unused) = (1 - px(HEAD_PX + FOOT)) / PANELS

# Where a panel lies and what its axes span, for svg.awk: said between the
# elements of the picture once the panel is drawn.
if (fmt eq 'svg') { set print '-' }
panel_drawn = fmt eq 'svg' ? "print sprintf('@panel %.2f %.2f %.2f %.2f %.9g %.9g %.9g %.9g', GPVAL_TERM_XMIN, HEIGHT - GPVAL_TERM_YMAX, GPVAL_TERM_XMAX, HEIGHT - GPVAL_TERM_YMIN, GPVAL_X_MIN, GPVAL_X_MAX, GPVAL_Y_MIN, GPVAL_Y_MAX)" : ""

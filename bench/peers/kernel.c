/* The limit: what the tick path does, and the estimators of a bar, in C.

   `guarded` decides as exactly as the product: outside of a guard band the level is summed afresh
   from the holdings. `naive` looks at everything on each update, on the running level. */
#include <math.h>
#include <stdint.h>

typedef int64_t i64;

enum { RULES = 3 };

typedef struct {
    /* places of asset a in `basket` and `slope`: holder[a] .. holder[a + 1] */
    const i64 *holder, *basket;
    const double *slope;
    /* what basket i holds: member[i] .. member[i + 1] of `held` and `holding` */
    const i64 *member, *held;
    const double *holding;
    const double *depth;
    double *last, *level, *peak, *trough, *drawdown, *deepest, *low, *high;
    uint8_t *firing;
    i64 *events; /* fired, ceased */
} Baskets;

static double exact(const Baskets *b, i64 i) {
    double total = 0.0;
    for (i64 j = b->member[i]; j < b->member[i + 1]; j++) total += b->holding[j] * b->last[b->held[j]];
    return total;
}

static void decide(const Baskets *b, i64 i, double level) {
    if (level >= b->peak[i]) {
        b->peak[i] = b->trough[i] = level;
    } else if (level < b->trough[i]) {
        b->trough[i] = level;
        double fall = 1.0 - level / b->peak[i];
        if (fall > b->deepest[i]) b->deepest[i] = fall;
    }
    double peak = b->peak[i], low = b->trough[i], high = peak;
    for (int k = 0; k < RULES; k++) {
        uint8_t *fires = &b->firing[i * RULES + k];
        double fire = peak * (1.0 - b->depth[k]), cease = peak * (1.0 - b->depth[k] / 2.0);
        if (!*fires && level <= fire) {
            *fires = 1;
            b->events[0]++;
        } else if (*fires && level >= cease) {
            *fires = 0;
            b->events[1]++;
        }
        if (*fires) {
            if (cease < high) high = cease;
        } else if (fire > low) {
            low = fire;
        }
    }
    b->low[i] = low + 1e-10 * peak;
    b->high[i] = high - 1e-10 * peak;
}

void guarded(const Baskets *b, i64 rows, const i64 *asset, const double *price) {
    for (i64 r = 0; r < rows; r++) {
        i64 a = asset[r];
        double change = price[r] - b->last[a];
        b->last[a] = price[r];
        for (i64 j = b->holder[a]; j < b->holder[a + 1]; j++) {
            i64 i = b->basket[j];
            double level = b->level[i] + b->slope[j] * change;
            b->level[i] = level;
            if (!(b->low[i] < level && level < b->high[i])) {
                b->level[i] = exact(b, i);
                decide(b, i, b->level[i]);
            }
        }
    }
}

void naive(const Baskets *b, i64 rows, const i64 *asset, const double *price) {
    for (i64 r = 0; r < rows; r++) {
        i64 a = asset[r];
        double change = price[r] - b->last[a];
        b->last[a] = price[r];
        for (i64 j = b->holder[a]; j < b->holder[a + 1]; j++) {
            i64 i = b->basket[j];
            double level = b->level[i] += b->slope[j] * change;
            if (level > b->peak[i]) b->peak[i] = level;
            double fall = b->drawdown[i] = 1.0 - level / b->peak[i];
            if (fall > b->deepest[i]) b->deepest[i] = fall;
            for (int k = 0; k < RULES; k++) {
                uint8_t *fires = &b->firing[i * RULES + k];
                if (!*fires && fall >= b->depth[k]) {
                    *fires = 1;
                    b->events[0]++;
                } else if (*fires && fall <= b->depth[k] / 2.0) {
                    *fires = 0;
                    b->events[1]++;
                }
            }
        }
    }
}

typedef struct {
    double mean, squares, shortfall, weight, weighted, level, peak, deepest;
    double mean_f, squares_f, crossed;
} Series;

/* One return of each of `count` series; `sorted` has room for `room` returns a series, `seen` of
   them are there. `out` gets ten figures a series. */
void bar(i64 count, const double *r, double f, double target, double fade, i64 seen, i64 room,
         Series *series, double *sorted, double *out) {
    double n = (double)(seen + 1), rank = (n - 1.0) * 0.05;
    i64 below = (i64)rank, above = below + 1 <= seen ? below + 1 : seen;
    for (i64 i = 0; i < count; i++) {
        Series *s = &series[i];
        double x = r[i], d = x - s->mean, df = f - s->mean_f;
        s->mean += d / n;
        s->squares += d * (x - s->mean);
        s->mean_f += df / n;
        s->squares_f += df * (f - s->mean_f);
        s->crossed += d * (f - s->mean_f);
        if (x < target) s->shortfall += (x - target) * (x - target);
        s->weight = s->weight * fade + 1.0;
        s->weighted = s->weighted * fade + x * x;
        s->level *= 1.0 + x;
        if (s->level > s->peak) s->peak = s->level;
        double fall = 1.0 - s->level / s->peak;
        if (fall > s->deepest) s->deepest = fall;
        double *kept = sorted + i * room;
        i64 place = seen;
        while (place > 0 && kept[place - 1] > x) {
            kept[place] = kept[place - 1];
            place--;
        }
        kept[place] = x;
        double *o = out + i * 10, downside = sqrt(s->shortfall / n);
        o[0] = s->mean;
        o[1] = s->squares / (n - 1.0);
        o[2] = (s->mean - target) / sqrt(o[1]);
        o[3] = downside;
        o[4] = (s->mean - target) / downside;
        o[5] = s->deepest;
        o[6] = s->weighted / s->weight;
        o[7] = -(kept[below] + (rank - (double)below) * (kept[above] - kept[below]));
        o[8] = s->crossed / s->squares_f;
        o[9] = s->crossed / sqrt(s->squares * s->squares_f);
    }
}

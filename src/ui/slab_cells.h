// One object of a slab as a cell, its bytes to scale, and the legend that says how each kind of cell is drawn.
//
//   in use  [####..]   what was asked for, then what was given besides      poisoned  [\/]  crossed, its last byte filled
//   free    [      ]   outlined; at a CPU's hand dotted; freed by another CPU hatched
//   with red zones     [|cc|######|cc|====]   solid round an object in use (cc), hatched round a free one (bb); behind
//                      them pointer, tracks and padding, each fainter. What somebody wrote there is a bar over the cell.
#pragma once

#include "play/slab_view.h"
#include "ui/paint.h"

namespace mmscope {

// The bytes of a slab from left to right.
struct Strip {
    Rect place;
    u64 start = 0;
    double scale = 1;  // device pixels a byte

    float x(u64 address) const;
};

// The place of an object, which begins with its left red zone, if it has one.
float left_of(const Strip& strip, const CacheView& cache, const ObjectView& object);
float right_of(const Strip& strip, const CacheView& cache, const ObjectView& object);
bool is_at_hand(ObjectView::State state);  // of a CPU: nobody else gets it

// `parts` are those of a cache with slab_debug, else none.
void draw_object(const Painter& p, const Strip& strip, const CacheView& cache, const ObjectView& object,
                 const std::vector<PlacePart>& parts);

// What the cells of this cache's slabs can be, in as many rows as it takes; gives the height that was used.
float draw_cell_legend(const Painter& p, Rect place, const CacheView& cache);

}  // namespace mmscope

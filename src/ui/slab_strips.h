// The slabs of one cache, a row each: whose it is, how full, and its objects cell by cell, in bytes to scale.
#pragma once

#include "play/slab_view.h"
#include "ui/panel.h"

namespace mmscope {

// From `place`'s top on, as far as the scrolled part is seen; gives the height of all rows.
float draw_slab_strips(PanelContext& context, const Scroll& scroll, Rect place, const CacheView& cache);

}  // namespace mmscope

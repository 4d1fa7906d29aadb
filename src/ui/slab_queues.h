// What lies before the slabs of the cache that is open, a bar each: the classic SLAB's array of each CPU and the shared
// one, 7.2's sheaves and the barn. A stroke in a bar is where batchcount ends.
#pragma once

#include "play/slab_view.h"
#include "ui/panel.h"

namespace mmscope {

// Draws from the top of `place`; gives the height that was used, 0 if the cache has no queues.
float draw_slab_queues(PanelContext& context, const Scroll& scroll, Rect place, const CacheView& cache);

}  // namespace mmscope

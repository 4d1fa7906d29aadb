// A node's LRU lists as belts: pages are put on at the head, and reclaim takes them off at the tail. A page used since
// it was last looked at has a dot, one that processes map a bar above; what the last command moved is underlined. Pages
// that stand elsewhere than before a step travel there (ui/belt_travel.h); one that left the lists fades where it stood.
#pragma once

#include "ui/panel.h"

namespace mmscope {

// From `place`'s top on; gives the height.
float draw_lru_belts(PanelContext& context, const Painter& p, Rect place);

}  // namespace mmscope

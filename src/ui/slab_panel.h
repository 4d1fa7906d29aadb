// The slab panel: all caches as a table, and the one that is open as its slabs, each a strip of its objects to scale.
//
//   kmalloc-128   128 B   3 of 32   1 slab      CPU 0     3/32  [##][##][##][  ][  ][  ] ...
//   inode_cache   608 B  64 of 78   6 slabs     partial  12/13  [##][##][  ][##] ...
//
// A press on a cache opens it and shows its frames on the map, one on an object selects that. A frame that is selected
// elsewhere opens the cache of its slab and lights its strip. Where an object is thinner than it can be told, a strip
// shows shares. The pointer on a free object draws the list that it begins.
#pragma once

#include "ui/panel.h"

namespace mmscope {

MMSCOPE_LATER void slab_panel(PanelContext& context);

}  // namespace mmscope

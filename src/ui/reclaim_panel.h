// The reclaim panel: each node's LRU lists as belts, its daemons, what the last command reclaimed and moved, where each zone's
// free pages stand and its compaction with them, and the files and areas that have pages. A press on one of those shows
// its frames on the map.
#pragma once

#include "ui/panel.h"

namespace mmscope {

MMSCOPE_LATER void reclaim_panel(PanelContext& context);

}  // namespace mmscope

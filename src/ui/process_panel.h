// The process panel: who there is, the areas of one process as strips of their pages, and how an address becomes a
// frame.
//
//   process 2   7ffff7fef000 rw-p    [#][z][ ][ ] ...        PML4 255  frame 0x1004 > 0x1005  P RW US A D
//               7ffffffde000 rw-p    [ ][ ] ... [#]          PDPT 511  frame 0x1005 > 0x1006  P RW US A D
//
// The pointer on a page walks the page tables to it, level by level, and lights its frame on the map; a press selects
// that. A frame that is selected elsewhere brings who maps it, and the walk to it. Below the walk stand the CPUs' TLBs, set by set and way by way.
#pragma once

#include "ui/panel.h"

namespace mmscope {

MMSCOPE_LATER void process_panel(PanelContext& context);

// Shows a process whose walk meets the frame: as its page, or as one of its page tables. The process that is shown
// stays if it is one of them, and the walk if it meets the frame already. Nothing changes where nobody maps it.
MMSCOPE_LATER void walk_to_frame(PanelContext& context, Pfn pfn);

}  // namespace mmscope

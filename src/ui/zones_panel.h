// The zones panel: for each populated zone a gauge of its free pages against its watermarks.
//
//   DMA32  o kswapd asleep      249,871 free          the gauge's left part is stretched, up to the break, so that
//   [#############//######################    ]       the marks stand apart on machines of every size; hatched is
//       ' ' '                                         what lowmem_reserve keeps from requests that could have gone
//   min 11,033  low 13,791  high 16,549               to a higher zone; paler, with a dotted outline, are the pages
//   pcp 126  reserve 0 960 960                        on the CPUs' lists, and a bar under the marks is their boost
//
// Beside the name stands who makes room when the marks are reached (play/reclaim_view.h), by a mark and a word: a ring,
// kswapd is asleep; a dot in it, it ran; full, it is awake; crossed out, hopeless; a fang, direct reclaim bites.
// All numbers are pages, from struct zone: NR_FREE_PAGES, managed_pages, _watermark[], lowmem_reserve[].
#pragma once

#include "ui/panel_context.h"

namespace mmscope {

void zones_panel(PanelContext& context);

// Where `pages` stands on a gauge of `managed` pages whose left part reaches up to `stretched` pages: 0..1.
struct GaugeScale {
    double managed = 1;
    double stretched = 0;  // 0: the same scale from end to end
    double at(double pages) const;
};
GaugeScale gauge_scale(const Zone& zone);

}  // namespace mmscope

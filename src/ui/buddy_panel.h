// The free lists of one zone as a matrix, orders by migratetypes, as /proc/pagetypeinfo has them, with the sums that
// /proc/buddyinfo has.
//
// The bar under a count is the list's share of the zone's free pages. A list that the last command made longer
// or shorter says by how much. A click on a count opens its list (opened_panel.h).
#pragma once

#include "ui/panel.h"

namespace mmscope {

void buddy_panel(PanelContext& context);

}  // namespace mmscope

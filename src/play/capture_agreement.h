// Do these files come from one machine? And what do they say together?
//
// The files of /proc are read one after another, so on one machine they may differ by a few pages. Other zones or
// nodes, more free than managed, or a difference that no few seconds explain: that is two machines.
#pragma once

#include <optional>

#include "base/message.h"
#include "play/placement.h"
#include "procfs/zoneinfo.h"

namespace mmscope {

struct ImportedMachine;

// Why these files cannot be of one machine, if they cannot. zoneinfo has passed capture_shape.
std::optional<Message> disagreement(const ImportedMachine& imported);

// Notes the small differences, zone by zone, and who wins.
void note_differences(ImportedMachine* imported);

// The free blocks and pageblocks of one zone: pagetypeinfo's where there is one, else buddyinfo's, as Movable.
// A list that pagetypeinfo did not count to its end (`>100000`) has what buddyinfo leaves for it.
ZoneDemand zone_demand(const ImportedMachine& imported, const ZoneInfo::Entry& zone);

}  // namespace mmscope

// Who makes room in a zone when its free pages run short: nobody yet, kswapd in the background, or whoever asked for
// memory himself.
//
// What it is about is the last command, because kswapd runs when the code that woke it sleeps or is through: at the end
// of a command it has mostly gone back to sleep. Inside a step it is what had happened by then. kswapd is a node's, so
// all zones of a node say the same of it; direct reclaim is for the zones that the request may use.
#pragma once

#include "play/snapshot.h"

namespace mmscope {

enum class ReclaimState : u8 {
    asleep,    // kswapd sleeps, and did all the time
    ran,       // it was woken and sleeps again
    hopeless,  // it is not woken any more: kMostReclaimRetries runs in a row freed nothing
    awake,     // it was woken and is not through yet
    direct,    // who asked for memory had to reclaim before getting any (mm_vmscan_direct_reclaim_begin)
};
inline constexpr u32 kReclaimStates = static_cast<u32>(ReclaimState::direct) + 1;
// As the page knows them, and as the picture says them.
inline constexpr const char* kReclaimStateNames[kReclaimStates] = {"asleep", "ran", "hopeless", "awake", "direct"};
inline constexpr const char* kReclaimStateWords[kReclaimStates] = {"kswapd asleep", "kswapd ran", "kswapd hopeless",
                                                                   "kswapd awake", "direct reclaim"};

// The one furthest down the list that holds, which is the most urgent.
ReclaimState reclaim_state(const Snapshot& snapshot, const Zone& zone);

}  // namespace mmscope

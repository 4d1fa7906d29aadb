// How many pages reclaim looks at on each list: anonymous memory against files.
//
// Files only without room on swap; both alike at priority 0, when all else was in vain, unless swappiness is 0; anonymous
// memory only where files are hardly there, even with swappiness 0: better swap than OOM; files only while plenty of their inactive pages are not missed; otherwise
// by what taking pages has cost of late: swappiness parts for anonymous memory and 200 less that for files, each
// divided by its share of the cost. Each list's pages are those of the zones that may be used, shifted by the priority.
// 2.6's own balance, by pages scanned and rotated, is not here: it follows this one. (get_scan_count, mm/vmscan.c)
#pragma once

#include <array>

#include "mm/page.h"

namespace mmscope {

enum class ScanBalance : u8 { fract, equal, anon, file };
inline constexpr const char* kScanBalanceNames[] = {"SCAN_FRACT", "SCAN_EQUAL", "SCAN_ANON", "SCAN_FILE"};

struct ScanBasis {
    std::array<u32, kLruLists> sizes{};  // pages of each list that may be taken
    u32 priority = 0;
    u32 swappiness = 60;
    bool can_swap = false;
    bool file_is_tiny = false;
    bool trims_cache = false;        // plenty of inactive pages of files, and none of them is missed
    std::array<u64, 2> cost{};       // NodeData::cost
};

struct ScanTargets {
    ScanBalance balance = ScanBalance::file;
    std::array<u64, 2> fraction{};       // of SCAN_FRACT: parts for anonymous memory and files
    std::array<u32, kLruLists> pages{};  // to look at
};
ScanTargets scan_targets(const ScanBasis& basis);

// shrink_lruvec once there is enough: the kind that has fewer pages left to look at is left alone, and of the other one
// as large a share is looked at as was of that one. False: one kind is through, so nothing more is done.
bool scale_down(const std::array<u32, kLruLists>& targets, std::array<u32, kLruLists>* left);

}  // namespace mmscope

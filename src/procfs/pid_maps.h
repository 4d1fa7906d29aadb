// /proc/PID/maps and smaps: the areas of a process, a line each; in smaps with what is in memory of each.
//
//   00401000-00585000 r-xp 00001000 00:02 193                                /bin/busybox
//   Size:               1552 kB
//   ...
//   VmFlags: rd ex mr mw me sd
//
// Addresses have at least eight hex digits. A name stands in column 74 on a 64-bit kernel and in 50 on a 32-bit one,
// or right behind the inode where an address is so long that it reaches there; which of the two a text is, is read off
// its first name. Which fields smaps has and how wide they stand differs between kernels, so they are kept in their
// order with the blanks in front of their values; values are kB, or plain numbers where no unit is written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct PidMaps {
    struct Field {
        std::string name;  // "Rss"
        u64 value = 0;
        u32 width = 8;  // that the number is padded to, behind the colon
        bool is_kb = true;
        friend bool operator==(const Field&, const Field&) = default;
    };
    struct Area {
        u64 start = 0;
        u64 end = 0;
        std::string rights;  // "r-xp"
        u64 offset = 0;      // bytes
        u32 major = 0, minor = 0;
        u64 inode = 0;
        std::string name;                   // "/bin/busybox", "[heap]"; empty: none
        std::vector<Field> fields;          // of smaps
        std::vector<std::string> vm_flags;  // "rd", of smaps
        friend bool operator==(const Area&, const Area&) = default;
    };
    std::vector<Area> areas;
    u32 name_column = 74;  // from 1
    friend bool operator==(const PidMaps&, const PidMaps&) = default;
};

// Either file. Errors: no area, a line that is none, numbers.
Result<PidMaps> parse_pid_maps(std::string_view text, u32 first_line = 1, std::vector<u32>* skipped = nullptr);
std::string print_pid_maps(const PidMaps& maps);

// The fields of smaps in the order and the widths of a kernel; `has_ksm`: 6.8 and later.
std::vector<PidMaps::Field> smaps_fields(bool has_ksm);

}  // namespace mmscope

// extfrag_index and unusable_index of debugfs, computed from the buddyinfo of the same machine.
//
// How much this proves: every extfrag_index captured is -1.000, so only that branch of the fragmentation index meets a
// kernel here; its other branches have tests of numbers in tests/mm. And the files were read one after another while the
// machine went on. Zone DMA, which nobody touched meanwhile, agrees in every value. In the other zones buddyinfo is of
// another moment (up to 2,444 pages of another order), so those are only held to what the import too takes for one machine
// (play/capture_agreement): that finds a wrong rule, and no wrong thousandth.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "mm/zone.h"
#include "procfs/buddyinfo.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

using std::filesystem::path;

struct IndexRow {
    u32 node = 0;
    std::string zone;
    int thousandths[kNrPageOrders] = {};
};

// "Node 0, zone      DMA 0.000 0.000 ... 0.193"
std::vector<IndexRow> index_rows(const path& file) {
    std::vector<IndexRow> rows;
    std::istringstream lines(test::read_file(file));
    for (std::string line; std::getline(lines, line);) {
        IndexRow row;
        std::string word;
        char comma = 0;
        std::istringstream words(line);
        words >> word >> row.node >> comma >> word >> row.zone;
        for (int& value : row.thousandths) {
            double index = 0;
            words >> index;
            value = static_cast<int>(std::lround(index * 1000));
        }
        EXPECT_TRUE(words) << file << ": " << line;
        rows.push_back(row);
    }
    return rows;
}

Zone zone_with(const BuddyInfo& buddyinfo, const IndexRow& row) {
    Zone zone;
    for (const BuddyInfo::Row& counts : buddyinfo.rows) {
        if (counts.node != row.node || counts.zone != row.zone) continue;
        for (u32 order = 0; order < kNrPageOrders; ++order) {
            zone.area.count[order][0] = static_cast<u32>(counts.count[order]);
            zone.free_pages += zone.area.count[order][0] << order;
        }
    }
    return zone;
}

// Pages that two readings of a busy zone may differ by, in thousandths of what is free.
u32 drift_of(const IndexRow& row, const Zone& zone) {
    return row.zone == "DMA" ? 0 : 1000 * (1024 + zone.free_pages / 64) / zone.free_pages + 1;
}

// Every row of every file of this name, with the zone that buddyinfo says.
template <class Use>
void for_each_row(const path& shared, const std::string& name, Use use) {
    for (const path& file : test::files_named(shared / "fixtures" / "kernels", name)) {
        if (file.parent_path().filename() != "extfrag") continue;
        const auto buddyinfo = parse_buddyinfo(test::read_file(file.parent_path().parent_path() / "buddyinfo"));
        ASSERT_TRUE(buddyinfo) << file;
        for (const IndexRow& row : index_rows(file)) {
            const Zone zone = zone_with(*buddyinfo, row);
            ASSERT_NE(zone.free_pages, 0U) << file;
            SCOPED_TRACE(file.string() + " " + row.zone);
            use(row, zone);
        }
    }
}

TEST(Extfrag, fragmentation_index_is_minus_one_where_the_kernels_is) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 values = 0;
    for_each_row(*shared, "extfrag_index", [&](const IndexRow& row, const Zone& zone) {
        for (u8 order = 0; order < kNrPageOrders; ++order, ++values) {
            EXPECT_EQ(row.thousandths[order], -1000) << "another branch, at last: compare it too";
            EXPECT_EQ(fragmentation_index(zone, {order}), -1000) << "order " << int{order};
        }
    });
    EXPECT_EQ(values, 484U);
}

TEST(Extfrag, unusable_index_is_the_kernels_in_zones_at_rest_and_near_it_elsewhere) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 values = 0;
    u32 equal = 0;
    u32 at_rest = 0;
    for_each_row(*shared, "unusable_index", [&](const IndexRow& row, const Zone& zone) {
        const u32 drift = drift_of(row, zone);
        for (u8 order = 0; order < kNrPageOrders; ++order, ++values) {
            const int computed = static_cast<int>(unusable_index(zone, {order}));
            equal += computed == row.thousandths[order];
            at_rest += drift == 0;
            EXPECT_LE(static_cast<u32>(std::abs(computed - row.thousandths[order])), drift) << "order " << int{order};
        }
    });
    test::compared("values of unusable_index (of zones in motion too)", equal, values);
    EXPECT_EQ(values, 484U);
    EXPECT_EQ(at_rest, 187U);
    EXPECT_EQ(equal, 422U);
}

}  // namespace
}  // namespace mmscope

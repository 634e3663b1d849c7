// SPDX-License-Identifier: MIT
// Chinook as its SQLite script and as its PostgreSQL script name it.
#pragma once

#include <roam/mapping/decimal.hpp>
#include <roam/roam.hpp>

#include <cmath>
#include <optional>
#include <string>

namespace chinook_sqlite {
/// SQLite keeps NUMERIC(10,2) as a double: whole cents come out of it by rounding.
struct price {
    std::int64_t cents = 0;
};
}  // namespace chinook_sqlite

namespace chinook_pg {
struct price {
    std::int64_t cents = 0;
};
}  // namespace chinook_pg

template <>
struct roam::value<chinook_sqlite::price> {
    using stored_as = double;
    static double store(chinook_sqlite::price const& p) {
        return static_cast<double>(p.cents) / 100;
    }
    static chinook_sqlite::price load(double stored) { return {std::llround(stored * 100)}; }
};

template <>
struct roam::value<chinook_pg::price> {
    using stored_as = roam::decimal;
    static roam::decimal store(chinook_pg::price const& p) { return roam::decimal{p.cents, 2}; }
    static chinook_pg::price load(roam::decimal const& stored) {
        return {static_cast<std::int64_t>((stored * roam::decimal{100}).unscaled() /
                                          pow(boost::multiprecision::cpp_int{10}, stored.scale()))};
    }
};

namespace chinook_sqlite {
#include "conformance/chinook_bodies.inc"

ROAM_RECORD(artist, table("Artist"), primary_key<&artist::artist_id>(generated),
            column<&artist::artist_id>("ArtistId"), column<&artist::name>("Name"))
ROAM_RECORD(album, table("Album"), primary_key<&album::album_id>(generated),
            column<&album::album_id>("AlbumId"), column<&album::title>("Title"),
            column<&album::artist_id>("ArtistId"), references<&album::artist_id, artist>())
ROAM_RECORD(employee, table("Employee"), primary_key<&employee::employee_id>(generated),
            column<&employee::employee_id>("EmployeeId"), column<&employee::last_name>("LastName"),
            column<&employee::first_name>("FirstName"), column<&employee::title>("Title"),
            column<&employee::reports_to>("ReportsTo"), column<&employee::birth_date>("BirthDate"),
            column<&employee::hire_date>("HireDate"), column<&employee::address>("Address"),
            column<&employee::city>("City"), column<&employee::state>("State"),
            column<&employee::country>("Country"), column<&employee::postal_code>("PostalCode"),
            column<&employee::phone>("Phone"), column<&employee::fax>("Fax"),
            column<&employee::email>("Email"), references<&employee::reports_to, employee>())
ROAM_RECORD(customer, table("Customer"), primary_key<&customer::customer_id>(generated),
            column<&customer::customer_id>("CustomerId"),
            column<&customer::first_name>("FirstName"), column<&customer::last_name>("LastName"),
            column<&customer::company>("Company"), column<&customer::address>("Address"),
            column<&customer::city>("City"), column<&customer::state>("State"),
            column<&customer::country>("Country"), column<&customer::postal_code>("PostalCode"),
            column<&customer::phone>("Phone"), column<&customer::fax>("Fax"),
            column<&customer::email>("Email"), column<&customer::support_rep_id>("SupportRepId"),
            references<&customer::support_rep_id, employee>())
ROAM_RECORD(genre, table("Genre"), primary_key<&genre::genre_id>(generated),
            column<&genre::genre_id>("GenreId"), column<&genre::name>("Name"))
ROAM_RECORD(media_type, table("MediaType"), primary_key<&media_type::media_type_id>(generated),
            column<&media_type::media_type_id>("MediaTypeId"), column<&media_type::name>("Name"))
ROAM_RECORD(track, table("Track"), primary_key<&track::track_id>(generated),
            column<&track::track_id>("TrackId"), column<&track::name>("Name"),
            column<&track::album_id>("AlbumId"), column<&track::media_type_id>("MediaTypeId"),
            column<&track::genre_id>("GenreId"), column<&track::composer>("Composer"),
            column<&track::milliseconds>("Milliseconds"), column<&track::bytes>("Bytes"),
            column<&track::unit_price>("UnitPrice"), references<&track::album_id, album>(),
            references<&track::media_type_id, media_type>(), references<&track::genre_id, genre>())
ROAM_RECORD(playlist, table("Playlist"), primary_key<&playlist::playlist_id>(generated),
            column<&playlist::playlist_id>("PlaylistId"), column<&playlist::name>("Name"))
ROAM_RECORD(playlist_track, table("PlaylistTrack"),
            primary_key<&playlist_track::playlist_id, &playlist_track::track_id>(),
            column<&playlist_track::playlist_id>("PlaylistId"),
            column<&playlist_track::track_id>("TrackId"),
            references<&playlist_track::playlist_id, playlist>(),
            references<&playlist_track::track_id, track>())
ROAM_RECORD(invoice, table("Invoice"), primary_key<&invoice::invoice_id>(generated),
            column<&invoice::invoice_id>("InvoiceId"), column<&invoice::customer_id>("CustomerId"),
            column<&invoice::invoice_date>("InvoiceDate"),
            column<&invoice::billing_address>("BillingAddress"),
            column<&invoice::billing_city>("BillingCity"),
            column<&invoice::billing_state>("BillingState"),
            column<&invoice::billing_country>("BillingCountry"),
            column<&invoice::billing_postal_code>("BillingPostalCode"),
            column<&invoice::total>("Total"), references<&invoice::customer_id, customer>())
ROAM_RECORD(
    invoice_line, table("InvoiceLine"), primary_key<&invoice_line::invoice_line_id>(generated),
    column<&invoice_line::invoice_line_id>("InvoiceLineId"),
    column<&invoice_line::invoice_id>("InvoiceId"), column<&invoice_line::track_id>("TrackId"),
    column<&invoice_line::unit_price>("UnitPrice"), column<&invoice_line::quantity>("Quantity"),
    references<&invoice_line::invoice_id, invoice>(), references<&invoice_line::track_id, track>())
}  // namespace chinook_sqlite

// The names follow the conventions here; only the keys do not.
namespace chinook_pg {
#include "conformance/chinook_bodies.inc"

ROAM_RECORD(artist, primary_key<&artist::artist_id>(generated))
ROAM_RECORD(album, primary_key<&album::album_id>(generated),
            references<&album::artist_id, artist>())
ROAM_RECORD(employee, primary_key<&employee::employee_id>(generated),
            references<&employee::reports_to, employee>())
ROAM_RECORD(customer, primary_key<&customer::customer_id>(generated),
            references<&customer::support_rep_id, employee>())
ROAM_RECORD(genre, primary_key<&genre::genre_id>(generated))
ROAM_RECORD(media_type, primary_key<&media_type::media_type_id>(generated))
ROAM_RECORD(track, primary_key<&track::track_id>(generated), references<&track::album_id, album>(),
            references<&track::media_type_id, media_type>(), references<&track::genre_id, genre>())
ROAM_RECORD(playlist, primary_key<&playlist::playlist_id>(generated))
ROAM_RECORD(playlist_track, primary_key<&playlist_track::playlist_id, &playlist_track::track_id>(),
            references<&playlist_track::playlist_id, playlist>(),
            references<&playlist_track::track_id, track>())
ROAM_RECORD(invoice, primary_key<&invoice::invoice_id>(generated),
            references<&invoice::customer_id, customer>())
ROAM_RECORD(invoice_line, primary_key<&invoice_line::invoice_line_id>(generated),
            references<&invoice_line::invoice_id, invoice>(),
            references<&invoice_line::track_id, track>())
}  // namespace chinook_pg

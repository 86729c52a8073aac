-- The stock by its last digits: reading all of it took a second with a million numbers.
create index numbers_in_stock_by_end on numbers (reverse(e164)) where lifecycle = 'available';

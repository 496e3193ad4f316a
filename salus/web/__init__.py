"""Everything that speaks HTTP and knows no business."""

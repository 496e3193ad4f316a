"""What is measured, side by side in one run. Figures are in RESULTS.md."""

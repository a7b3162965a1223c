"""The tools that keep the house: metrics, throwaway environments, checks of the layout."""
